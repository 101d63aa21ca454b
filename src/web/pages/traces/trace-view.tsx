/** One trace: its spans as an indented table, each with its place in time. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { zone } from "../../data/server.ts";
import type { WholeTrace } from "../../data/telemetry.ts";
import { attributeText, spanLines, type OtlpAttribute, type SpanLine } from "../../data/trace-tree.ts";
import { usePolled } from "../../data/use-polled.ts";
import { quantityText } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { pageHref } from "../../state/router.ts";

/** Rows that a table can have and still scroll. */
const spansMax = 1000;
/** A child is indented by this much; beyond the last step it stays where it is. */
const indentPx = 14;
const indentsMax = 16;
const kinds = ["", "internal", "server", "client", "producer", "consumer"];

export function TraceView({ traceId }: { readonly traceId: string }): JSX.Element {
  const polled = usePolled<WholeTrace>(`/api/v1/performance/traces/${encodeURIComponent(traceId)}?limit=${spansMax}`, null);
  const trace = polled.answer.value;
  return (
    <>
      <div class="page-head">
        <h1>{trace === null ? "Trace" : (trace.summary.root ?? trace.summary.first).name}</h1>
        {trace === null ? null : (
          <p class="page-facts">
            <span>{dateTime(trace.summary.startMs, zone.value)}</span>
            <span>{quantityText(trace.summary.durationMs / 1000, "seconds")}</span>
            <span>{trace.summary.spans} spans</span>
            {trace.summary.errors === 0 ? null : <span class="error-text">{trace.summary.errors} failed</span>}
            <span class="mono">{traceId}</span>
          </p>
        )}
      </div>
      <p class="table-tools">
        <a href={pageHref("/traces")}>All traces</a>
        <a href={pageHref("/logs", { trace: traceId })}>Its log records</a>
      </p>
      <PollNote of={polled} what="The trace" />
      {trace === null ? null : <SpanTable trace={trace} />}
    </>
  );
}

function SpanTable({ trace }: { readonly trace: WholeTrace }): JSX.Element {
  const lines = useMemo(() => spanLines(trace.resourceSpans), [trace]);
  const opened = useSignal<string | null>(null);
  const { spansLeftOut, warnings, summary } = trace;
  return (
    <>
      {[...warnings, ...(spansLeftOut === 0 ? [] : [`${spansLeftOut} spans are not shown.`])].map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Spans">
        <table class="table table-dense span-table">
          <thead>
            <tr>
              <th scope="col">Span</th>
              <th scope="col">Service</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col" class="span-time">
                When
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => {
              const { spanId } = line.span;
              const isOpen = opened.value === spanId;
              return [
                <Row
                  key={spanId}
                  line={line}
                  wholeMs={summary.durationMs}
                  isOpen={isOpen}
                  toggle={() => (opened.value = isOpen ? null : spanId)}
                />,
                isOpen ? (
                  <tr key={`${spanId} details`}>
                    <td colSpan={4} class="row-details">
                      <Details line={line} />
                    </td>
                  </tr>
                ) : null,
              ];
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface RowProps {
  readonly line: SpanLine;
  readonly wholeMs: number;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function Row({ line: { span, service, depth, startMs, durationMs, failed }, wholeMs, isOpen, toggle }: RowProps): JSX.Element {
  const share = (ms: number): string => `${wholeMs <= 0 ? 0 : Math.min(100, Math.max(0, (ms / wholeMs) * 100))}%`;
  return (
    <tr>
      <th scope="row" class="clip" style={{ paddingLeft: `${12 + indentPx * Math.min(depth, indentsMax)}px` }}>
        <button
          type="button"
          class="link-button"
          aria-expanded={isOpen}
          aria-label={`${span.name}, depth ${depth + 1}`}
          onClick={toggle}
        >
          {span.name === "" ? "(no name)" : span.name}
        </button>
      </th>
      <td class="clip">{service}</td>
      <td class="number">{quantityText(durationMs / 1000, "seconds")}</td>
      <td class="span-time">
        <span class="span-bar" data-failed={failed} title={`${quantityText(startMs / 1000, "seconds")} after the begin`}>
          <span style={{ marginLeft: share(startMs), width: share(durationMs) }} />
        </span>
        {failed ? <span class="visually-hidden">failed</span> : null}
      </td>
    </tr>
  );
}

function Details({ line: { span, startMs, failed } }: { readonly line: SpanLine }): JSX.Element {
  return (
    <dl class="facts">
      <dt>Begins</dt>
      <dd>
        {quantityText(startMs / 1000, "seconds")} after the trace{kinds[span.kind] ? `; ${kinds[span.kind]}` : ""}
      </dd>
      {failed ? (
        <>
          <dt>Status</dt>
          <dd>
            <StatusWord status="critical" word="Error" /> {span.status.message}
          </dd>
        </>
      ) : null}
      <Attributes attributes={span.attributes} />
      {span.events.map((event) => [
        <dt key={`${event.timeUnixNano} ${event.name}`}>{event.name}</dt>,
        <dd key={`${event.timeUnixNano} ${event.name} text`}>
          {event.attributes.map(({ key, value }) => `${key}=${attributeText(value)}`).join(", ")}
        </dd>,
      ])}
      <dt>Span id</dt>
      <dd class="mono">{span.spanId}</dd>
    </dl>
  );
}

function Attributes({ attributes }: { readonly attributes: readonly OtlpAttribute[] }): JSX.Element {
  return (
    <>{attributes.map(({ key, value }) => [<dt key={key}>{key}</dt>, <dd key={`${key} value`}>{attributeText(value)}</dd>])}</>
  );
}
