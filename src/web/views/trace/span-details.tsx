/** Everything that the chosen span says: attributes, events, links, and its times as they were sent and as they are shown. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { spanFlags } from "../../../core/span-columns.ts";
import { basisOf } from "../../../core/trace/clock-correction.ts";
import { durationText, measuredText } from "../../../core/trace/time-words.ts";
import { zone } from "../../data/server.ts";
import { getSpanDetails, spanIdOf, type SpanDetails } from "../../data/trace-columns.ts";
import { attributeText, type OtlpAttribute } from "../../data/otlp-json.ts";
import { useAsked } from "../../data/use-polled.ts";
import { dateTime } from "../../format/time.ts";
import { Icon } from "../../parts/icon.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { pageHref } from "../../state/router.ts";
import type { TraceModel } from "./trace-model.ts";

interface Props {
  readonly traceId: string;
  readonly model: TraceModel;
  readonly row: number;
  readonly close: () => void;
}

/** Source: opentelemetry-proto trace/v1/trace.proto, Span.SpanKind. */
const kinds = ["", "internal", "server", "client", "producer", "consumer"];
/** Letters of a value at first: a button shows the rest. */
const lettersMax = 400;
/** Of a list at first. */
const itemsMax = 50;

export function SpanDetailsPanel({ traceId, model, row, close }: Props): JSX.Element {
  const { columns } = model;
  const spanId = spanIdOf(columns, row);
  const polled = useAsked(`${traceId} ${spanId}`, null, (signal) => getSpanDetails(traceId, spanId, signal));
  const { service = "", name = "" } = columns.operations[columns.operation[row] ?? 0] ?? {};
  const details = polled.answer.value ?? [];
  const flags = columns.flags[row] ?? 0;
  return (
    <aside class="span-details" aria-label="The chosen span">
      <header>
        <h2 class="clip" title={cleanText(name)}>
          {cleanText(name) || "(no name)"}
        </h2>
        <button type="button" class="icon-button" aria-label="Close the span" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        <Fact title="Service">{cleanText(service)}</Fact>
        <Fact title="Node">{cleanText(columns.nodes[columns.node[row] ?? 0] ?? "") || <span class="dim">not said</span>}</Fact>
        <Fact title="Duration">{durationText(columns.durationMs[row] ?? 0)}</Fact>
        <Fact title="Of its own">{durationText(model.selfMs()[row] ?? 0)}</Fact>
        <Times model={model} row={row} />
        {(flags & spanFlags.orphan) === 0 ? null : <Fact title="Parent">has not come</Fact>}
        {(flags & spanFlags.cycle) === 0 ? null : <Fact title="Parent">is below this span: the circle was cut here</Fact>}
        <Fact title="Span id">
          <span class="mono">{spanId}</span>
        </Fact>
      </dl>
      <PollNote of={polled} what="What the span says" />
      {details.length > 1 ? (
        <p class="error-text">{details.length} spans have this id; the sender's ids are not unique.</p>
      ) : null}
      {details.map((one, index) => (
        <Said key={`${spanId} ${index}`} {...one} />
      ))}
    </aside>
  );
}

function Times({ model, row }: { readonly model: TraceModel; readonly row: number }): JSX.Element {
  const { columns, corrected } = model;
  const sentMs = columns.startMs[row] ?? 0;
  const basis = corrected === null ? "none" : basisOf(corrected, row);
  const shiftMs = corrected?.shiftMs[row] ?? 0;
  const errorMs = corrected?.errorMs[row] ?? Number.NaN;
  return (
    <>
      <Fact title="Begins">{instant(model, model.starts[row] ?? 0)}</Fact>
      {basis === "none" || (basis === "offset" && shiftMs === 0) ? null : (
        <>
          <Fact title="As sent">{instant(model, sentMs)}</Fact>
          <Fact title="Moved by">
            {measuredText(shiftMs, Number.isNaN(errorMs) ? null : errorMs)}
            {basis === "offset" ? ", by the offset of its node's clock" : ", so that its parent may have caused it"}
          </Fact>
        </>
      )}
    </>
  );
}

/** With what a double keeps of it, and the place in the trace. */
function instant({ columns, times }: TraceModel, ms: number): string {
  const atMs = Number(columns.originNs / 1_000_000n) + ms;
  const date = Math.abs(atMs) < 8.64e15 ? dateTime(atMs, zone.value) : "no date";
  return `${date}; ${durationText(ms - times.fromMs)} after the trace's begin`;
}

function Said({ span, resource, scope }: SpanDetails): JSX.Element {
  const { status, attributes, events, links = [] } = span;
  return (
    <>
      <dl class="facts">
        {kinds[span.kind] ? <Fact title="Kind">{kinds[span.kind]}</Fact> : null}
        {status.code === 2 ? (
          <Fact title="Status">
            <StatusWord status="critical" word="Error" /> <LongText text={status.message} />
          </Fact>
        ) : null}
        {scope.name === "" ? null : <Fact title="Made by">{cleanText(scope.name)}</Fact>}
      </dl>
      <Listed title="Attributes" items={attributes} show={attribute} />
      <Listed
        title="Events"
        items={events}
        show={(event) => [
          `${cleanText(event.name)}, ${durationText(Number(BigInt(event.timeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6)} after its begin`,
          <LongText text={event.attributes.map(({ key, value }) => `${key}=${attributeText(value)}`).join(", ")} />,
        ]}
      />
      <Listed
        title="Links"
        items={links}
        show={(link) => [
          "trace",
          <a class="mono" href={pageHref("/traces", { trace: link.traceId, span: link.spanId })}>
            {link.traceId}
          </a>,
        ]}
      />
      <Listed title="Resource" items={resource.attributes} show={attribute} />
    </>
  );
}

/** Pages that tell more of what an attribute names by its hash. */
const pagesOf: Readonly<Record<string, string>> = {
  "block.hash": "/blocks",
  "tx.hash": "/transactions",
  "tx.replaced_by": "/transactions",
};

function attribute({ key, value }: OtlpAttribute): readonly [ComponentChildren, ComponentChildren] {
  const text = attributeText(value);
  const page = Object.hasOwn(pagesOf, key) && /^(0x)?[0-9a-f]{64}$/i.test(text) ? pagesOf[key] : undefined;
  if (page === undefined) return [cleanText(key), <LongText text={text} />];
  return [
    key,
    <a class="mono" href={pageHref(page, { hash: text })}>
      {text}
    </a>,
  ];
}

interface ListedProps<T> {
  readonly title: string;
  readonly items: readonly T[];
  readonly show: (item: T) => readonly [title: ComponentChildren, value: ComponentChildren];
}

function Listed<T>({ title, items, show }: ListedProps<T>): JSX.Element {
  const all = useSignal(false);
  if (items.length === 0) return <></>;
  const shown = all.value ? items : items.slice(0, itemsMax);
  return (
    <>
      <h3>{title}</h3>
      <dl class="facts">
        {shown.map((item, index) => {
          const [key, value] = show(item);
          return (
            <Fact key={index} title={key}>
              {value}
            </Fact>
          );
        })}
      </dl>
      {shown.length < items.length ? (
        <button type="button" class="button" onClick={() => (all.value = true)}>
          All {items.length}
        </button>
      ) : null}
    </>
  );
}

function Fact({ title, children }: { readonly title: ComponentChildren; readonly children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A value may have megabytes: its beginning at first. */
function LongText({ text }: { readonly text: string }): JSX.Element {
  const all = useSignal(false);
  const shown = all.value ? text : cleanText(text, lettersMax);
  return (
    <>
      <span class="wrap-anywhere">{shown}</span>
      {all.value || text.length <= lettersMax ? null : (
        <button type="button" class="link-button" onClick={() => (all.value = true)}>
          all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </>
  );
}
