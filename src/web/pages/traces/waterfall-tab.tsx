/** The waterfall with what belongs around it: what to show, the whole in small, the chosen span, and the same as a table. */
import { useSignal, useSignalEffect, type Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { rowOfSpan, spanIdOf } from "../../data/trace-columns.ts";
import { bodiesMax, getTraceAttributes } from "../../data/trace-attributes.ts";
import { useAsked } from "../../data/use-polled.ts";
import { address, setParams } from "../../state/router.ts";
import { LineTable } from "../../views/trace/line-table.tsx";
import { Minimap } from "../../views/trace/minimap.tsx";
import { SpanDetailsPanel } from "../../views/trace/span-details.tsx";
import { matchRows, matchTerms } from "../../views/trace/span-match.ts";
import { orphanGroup } from "../../views/trace/span-walk.ts";
import { clockText, TraceLegend } from "../../views/trace/trace-legend.tsx";
import { closedBelow } from "../../views/trace/trace-lines.ts";
import type { ShownTrace } from "../../views/trace/use-trace-model.ts";
import { keyActions } from "../../views/trace/waterfall-keys.ts";
import { selectRow, waterfallState, type WaterfallState } from "../../views/trace/waterfall-state.ts";
import { Waterfall } from "../../views/trace/waterfall.tsx";

interface Props {
  readonly traceId: string;
  readonly shown: ShownTrace;
}

/** A mark of the browser's clock for whoever measures: the task after the first frame with spans, so that its painting is over. */
function markPainted(): void {
  setTimeout(() => performance.mark("chainpulse-trace-painted"));
}

export function WaterfallTab({ traceId, shown }: Props): JSX.Element {
  const { columns } = shown.model.value;
  const asked = useSignal<string | null>(null);
  const attributes = useAsked(asked.value, null, (signal) => getTraceAttributes(traceId, columns, signal));
  const state = useMemo(() => {
    const made = waterfallState(shown.model, shown.path, (text) =>
      matchRows(shown.model.value, matchTerms(text), attributes.answer.value?.has ?? null),
    );
    const spanId = address.peek().params.get("span");
    if (spanId !== null) selectRow(made, rowOfSpan(columns, spanId));
    return made;
  }, [columns]);
  const asksAttribute = matchTerms(state.filter.value).some(({ of }) => of === "attribute");
  if (asksAttribute) asked.value = traceId;
  const isOpen = useSignal(address.peek().params.has("span"));
  const asTable = useSignal(false);
  const search = useRef<HTMLInputElement>(null);
  const headText = useCallback(
    (group: number) =>
      state.lanes.value ? clockText(shown.model.value, group) : group === orphanGroup ? "Parent has not come" : "",
    [state],
  );
  useSignalEffect(() => {
    const row = state.selected.value;
    const spanId = row === -1 ? null : spanIdOf(columns, row);
    if (spanId !== address.peek().params.get("span")) setParams({ span: spanId }, { replace: true });
  });
  const selected = state.selected.value;
  const close = (): void => {
    isOpen.value = false;
  };
  const leave = (): void => {
    if (isOpen.value) close();
    else if (state.filter.value !== "") state.filter.value = "";
    else if (state.only.value !== "all") state.only.value = "all";
    else if (selected !== -1) selectRow(state, -1);
    else state.window.value = null;
  };
  const details = (): void => {
    if (selected !== -1) isOpen.value = !isOpen.value;
  };
  return (
    <>
      <Tools state={state} shown={shown} search={search} asTable={asTable} />
      {asksAttribute ? (
        <AttributeNote
          spans={attributes.answer.value?.spans ?? null}
          all={columns.startMs.length}
          failure={attributes.failure.value?.text ?? null}
        />
      ) : null}
      <Minimap state={state} />
      <div class="trace-main" data-open={isOpen.value && selected !== -1}>
        {asTable.value ? (
          <div>
            <LineTable state={state} headText={headText} onChosen={() => (isOpen.value = true)} />
          </div>
        ) : (
          <Waterfall
            isMain
            state={state}
            headText={headText}
            details={details}
            find={() => search.current?.focus()}
            leave={leave}
            onPainted={markPainted}
            onChosen={() => (isOpen.value = true)}
            label={`Waterfall of ${columns.startMs.length} spans. Arrow keys go from span to span, Enter tells what one says, the button Table shows them as a table.`}
          />
        )}
        {isOpen.value && selected !== -1 ? (
          <SpanDetailsPanel key={selected} traceId={traceId} model={shown.model.value} row={selected} close={close} />
        ) : null}
      </div>
      <TraceLegend model={shown.model.value} hasPath={state.path.value !== null} />
      <KeyHelp />
    </>
  );
}

interface ToolsProps {
  readonly state: WaterfallState;
  readonly shown: ShownTrace;
  readonly search: { current: HTMLInputElement | null };
  readonly asTable: Signal<boolean>;
}

function Tools({ state, shown, search, asTable }: ToolsProps): JSX.Element {
  const { times, corrected, columns } = shown.model.value;
  const matches = state.matches.value;
  const count = matches?.reduce((sum, one) => sum + one, 0) ?? 0;
  return (
    <div class="table-tools trace-tools">
      <label>
        <span class="visually-hidden">Find spans</span>
        <input
          ref={search}
          class="input"
          type="search"
          data-search=""
          maxLength={256}
          placeholder="Name, service:x, node:x, key=value …"
          value={state.filter.value}
          onInput={(event) => (state.filter.value = event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            state.filter.value = "";
            event.currentTarget.blur();
          }}
        />
      </label>
      {matches === null ? null : (
        <>
          <span role="status">{count.toLocaleString("en")} match</span>
          <Toggle is={state.hiding}>Hide others</Toggle>
        </>
      )}
      <span class="button-group" role="group" aria-label="Levels">
        <Action title="Roots only ({)" act={() => (state.closed.value = closedBelow(state.grouped.value.walk, 1))}>
          Fold all
        </Action>
        <Action title="All levels (})" act={() => (state.closed.value = new Uint8Array(columns.startMs.length))}>
          Show all
        </Action>
      </span>
      <button
        type="button"
        class="button"
        aria-pressed={state.only.value === "path"}
        title="Only spans that the whole trace waited for (c)"
        disabled={state.path.value === null}
        onClick={() => (state.only.value = state.only.value === "path" ? "all" : "path")}
      >
        Critical path
      </button>
      {columns.nodes.length > 1 || columns.nodes[0] !== "" ? <Toggle is={state.lanes}>Lanes by node</Toggle> : null}
      <Toggle is={state.folding}>Fold idle times</Toggle>
      {corrected === null && !shown.asSent.value ? null : <Toggle is={shown.asSent}>Sent times</Toggle>}
      {times.outsideCount === 0 ? null : (
        <button
          type="button"
          class="button"
          aria-pressed={state.only.value === "outside"}
          title="Their clocks say times that are more than 30 days from all others"
          onClick={() => (state.only.value = state.only.value === "outside" ? "all" : "outside")}
        >
          Spans outside: {times.outsideCount}
        </button>
      )}
      <span class="spacer" />
      {state.window.value === null ? null : (
        <Action title="The whole time (0)" act={() => (state.window.value = null)}>
          Whole time
        </Action>
      )}
      <Toggle is={asTable}>Table</Toggle>
    </div>
  );
}

function Toggle({ is, children }: { readonly is: Signal<boolean>; readonly children: ComponentChildren }): JSX.Element {
  return (
    <button type="button" class="button" aria-pressed={is.value} onClick={() => (is.value = !is.value)}>
      {children}
    </button>
  );
}

function Action({
  title,
  act,
  children,
}: {
  readonly title: string;
  readonly act: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" class="button" title={title} onClick={act}>
      {children}
    </button>
  );
}

interface AttributeNoteProps {
  /** `null` while they are on their way. */
  readonly spans: number | null;
  readonly all: number;
  readonly failure: string | null;
}

function AttributeNote({ spans, all, failure }: AttributeNoteProps): JSX.Element {
  if (failure !== null) return <p class="error-text">Attributes could not be looked through. {failure}</p>;
  if (spans === null) return <p class="trace-note dim">Reading what the spans say …</p>;
  if (all <= bodiesMax) return <></>;
  return (
    <p class="trace-note dim">
      Attributes are looked for in the first {spans.toLocaleString("en")} of {all.toLocaleString("en")} spans.
    </p>
  );
}

function KeyHelp(): JSX.Element {
  return (
    <details class="connect trace-keys">
      <summary>Keyboard and mouse</summary>
      <dl class="keys">
        {keyActions.map(({ keys, words }) => [
          <dt key={words}>
            {keys.slice(0, 2).map((key) => (
              <kbd key={key}>{keyNames[key] ?? key}</kbd>
            ))}
          </dt>,
          <dd key={`${words} text`}>{words}</dd>,
        ])}
      </dl>
      <p class="dim">
        Drag along the axis or in the strip above to choose a time; drag the bars to move; Ctrl and wheel zoom, Shift and wheel
        move; double-click folds what is below a span.
      </p>
    </details>
  );
}

const keyNames: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageDown: "PgDn",
  PageUp: "PgUp",
  " ": "Space",
  Escape: "Esc",
};
