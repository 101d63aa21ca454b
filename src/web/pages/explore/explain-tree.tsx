/** How an expression was evaluated at the end of the window: each part with its series and its share of the time. A click runs a part alone. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { ExplainedNode } from "../../../core/explain.ts";
import { explainKey, explainLines, type ExplainLine } from "../../data/explain.ts";
import { askExplain, instantContext } from "../../data/prometheus.ts";
import { zone } from "../../data/server.ts";
import { expandWithPlaces } from "../../editor/variables.ts";
import { formatNumber, quantityText } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { Icon } from "../../parts/icon.tsx";
import { useAnswer } from "./use-answer.ts";

interface Props {
  readonly expr: string;
  readonly run: (expr: string) => void;
}

export function ExplainTree({ expr, run }: Props): JSX.Element {
  const { answered, error } = useAnswer(expr, askExplain, { live: false });
  if (error.value !== "")
    return (
      <p class="error-text" role="alert">
        {error.value}
      </p>
    );
  if (answered.value === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  const { answer, timeMs } = answered.value;
  const { written } = expandWithPlaces(expr, instantContext());
  return (
    <>
      <p class="result-facts">
        <span>{dateTime(timeMs, zone.value)}</span>
        <span>{quantityText(answer.seconds, "seconds")}</span>
        <span>Each part by itself, with the parts in it. Choose one to run it alone.</span>
      </p>
      <Tree root={answer} textOf={({ start, end }) => expr.slice(written(start), written(end))} run={run} />
    </>
  );
}

interface TreeProps {
  readonly root: ExplainedNode;
  /** A part as it was written, with the page's variables. */
  readonly textOf: (node: ExplainedNode) => string;
  readonly run: (expr: string) => void;
}

function Tree({ root, textOf, run }: TreeProps): JSX.Element {
  const folded = useSignal<ReadonlySet<string>>(new Set());
  const current = useSignal("");
  const element = useRef<HTMLUListElement>(null);
  const lines = explainLines(root, folded.value);
  const fold = (path: string, wanted: boolean): void => {
    const next = new Set(folded.value);
    if (wanted) next.add(path);
    else next.delete(path);
    folded.value = next;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const line = lines.find((one) => one.path === current.value);
    const step = explainKey(event.key, lines, current.value);
    if (event.key === "Enter" && line !== undefined) run(textOf(line.node));
    else if (step === null) return;
    else if ("fold" in step) fold(step.fold, true);
    else if ("unfold" in step) fold(step.unfold, false);
    else {
      current.value = step.go;
      element.current?.querySelector<HTMLElement>(`[data-path="${step.go}"]`)?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <ul ref={element} class="explain" role="tree" aria-label="Steps of the evaluation" onKeyDown={onKeyDown}>
      {lines.map((line) => (
        <Line
          key={line.path}
          line={line}
          text={textOf(line.node)}
          whole={root.seconds}
          current={line.path === current.value}
          focused={() => (current.value = line.path)}
          toggle={() => fold(line.path, line.open)}
          run={() => run(textOf(line.node))}
        />
      ))}
    </ul>
  );
}

interface LineProps {
  readonly line: ExplainLine;
  readonly text: string;
  /** Seconds of the whole tree, of which each bar is a share. */
  readonly whole: number;
  readonly current: boolean;
  readonly focused: () => void;
  readonly toggle: () => void;
  readonly run: () => void;
}

/** As wide as the fold's icon with its gap, so that a part begins below its whole. */
const indentPx = 20;

function Line({ line, text, whole, current, focused, toggle, run }: LineProps): JSX.Element {
  const { node, path, level, position, siblings, open } = line;
  // A part is evaluated after its whole, and may meet other circumstances: it can take longer.
  const share = whole === 0 ? 0 : Math.min(1, node.seconds / whole);
  return (
    <li
      role="treeitem"
      class="explain-line"
      data-path={path}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={node.children.length === 0 ? undefined : open}
      aria-selected={current}
      tabIndex={current ? 0 : -1}
      onFocus={focused}
      onClick={run}
    >
      <span class="explain-part" style={{ paddingLeft: `${(level - 1) * indentPx}px` }}>
        {node.children.length === 0 ? (
          <span class="explain-leaf" />
        ) : (
          <span
            class="explain-toggle"
            data-open={open}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              toggle();
            }}
          >
            <Icon name="chevron" />
          </span>
        )}
        <code title={node.text}>{text}</code>
      </span>
      <span class="explain-kind dim" title={node.type}>
        {node.kind}
      </span>
      <span class="number">{node.series === null ? "–" : `${formatNumber(node.series)} series`}</span>
      <span class="number explain-samples">{formatNumber(node.samplesRead)} samples</span>
      <span class="number">{quantityText(node.seconds, "seconds")}</span>
      <span class="explain-bar" aria-hidden="true">
        <span style={{ width: `${(share * 100).toFixed(1)}%` }} />
      </span>
      {node.error === null ? null : (
        <span class="explain-error error-text" style={{ paddingLeft: `${level * indentPx}px` }}>
          {node.error}
        </span>
      )}
    </li>
  );
}
