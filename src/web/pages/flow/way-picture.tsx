/** The way of a transaction or block through the nodes: as a picture, or as a table of the same. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Flow } from "../../../core/trace/flow.ts";
import { namesIn, stageTitles } from "../../../core/trace/flow-words.ts";
import { serverNow } from "../../data/server.ts";
import { Icon } from "../../parts/icon.tsx";
import { address, setParams } from "../../state/router.ts";
import { darkTheme } from "../../state/preferences.ts";
import { queueDraw } from "../../views/draw-queue.ts";
import { drawWay, wayHeight } from "./draw-way.ts";
import { stageColor } from "./stage-color.ts";
import { itemAt, itemsOf } from "./way-items.ts";
import { lanesMax, layOutWay } from "./way-layout.ts";
import { WayTable } from "./way-table.tsx";
import { type NamedWindow, windowsOf } from "./way-window.ts";

export function WayPicture({ flow }: { readonly flow: Flow }): JSX.Element {
  const asTable = useSignal(false);
  const section = useRef<HTMLElement>(null);
  /** By its key: who looks at one of them with the keyboard goes on in the other one. */
  const exchange = (): void => {
    asTable.value = !asTable.value;
    requestAnimationFrame(() => section.current?.querySelector<HTMLElement>(".way, .table-scroll")?.focus());
  };
  const nowMs = serverNow() - flow.startMs;
  const windows = windowsOf(flow, nowMs);
  const chosen = windows.find(({ id }) => id === address.value.params.get("part")) ?? windows[0];
  return (
    <section
      ref={section}
      class="panel"
      aria-label="Its way through the nodes"
      onKeyDown={(event) => {
        if (event.key === "v" && !event.ctrlKey && !event.metaKey) exchange();
      }}
    >
      <header class="panel-head">
        <h2>Its way through the nodes</h2>
        <span class="spacer" />
        {asTable.value || windows.length < 2 ? null : <Windows windows={windows} chosen={chosen} />}
        <button
          type="button"
          class="icon-button"
          aria-pressed={asTable.value}
          aria-label="View as table"
          title="View as table (v)"
          onClick={() => (asTable.value = !asTable.value)}
        >
          <Icon name="table" />
        </button>
      </header>
      {asTable.value || chosen === undefined ? <WayTable flow={flow} /> : <Plot flow={flow} shown={chosen} nowMs={nowMs} />}
    </section>
  );
}

function Windows({
  windows,
  chosen,
}: {
  readonly windows: readonly NamedWindow[];
  readonly chosen: NamedWindow | undefined;
}): JSX.Element {
  return (
    <div class="segments" role="group" aria-label="What part of its way is shown">
      {windows.map((one, index) => (
        <button
          key={one.id}
          type="button"
          aria-pressed={one === chosen}
          onClick={() => setParams({ part: index === 0 ? null : one.id }, { replace: true })}
        >
          {one.title}
        </button>
      ))}
    </div>
  );
}

interface PlotProps {
  readonly flow: Flow;
  readonly shown: NamedWindow;
  /** After the flow's begin. */
  readonly nowMs: number;
}

function Plot({ flow, shown: { window }, nowMs }: PlotProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  /** Key of what is pointed at. */
  const pointed = useSignal<string | null>(null);
  const layout = layOutWay(flow, window, { width: width.value, nowMs });
  const items = itemsOf(layout, namesIn(flow));
  const at = items.findIndex(({ key }) => key === pointed.value);
  const item = items[at] ?? null;

  const draw = (): void => {
    if (canvas.current !== null) drawWay(canvas.current, { layout, window, pointed: item, dark: darkTheme.peek() });
  };
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useCallback(() => latest.current(), []);
  useEffect(() => queueDraw(paint));
  useSignalEffect(() => {
    void darkTheme.value;
    queueDraw(paint);
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const point = (index: number): void => {
    pointed.value = items[Math.min(items.length - 1, Math.max(0, index))]?.key ?? null;
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft" || event.key === "ArrowUp") point(at === -1 ? items.length - 1 : at - 1);
    else if (event.key === "ArrowRight" || event.key === "ArrowDown") point(at + 1);
    else if (event.key === "Home") point(0);
    else if (event.key === "End") point(items.length - 1);
    else if (event.key === "Escape") pointed.value = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="way"
        style={{ height: `${wayHeight(layout)}px` }}
        tabIndex={0}
        role="img"
        aria-label={`The way through ${flow.places.length} nodes in time. Arrow keys go from part to part, v shows them as a table.`}
        onKeyDown={onKey}
        onPointerMove={(event) => (pointed.value = items[itemAt(items, event.offsetX, event.offsetY)]?.key ?? null)}
        onPointerLeave={() => (pointed.value = null)}
      />
      <p class="way-read" aria-live="polite">
        {item?.text ?? "Point at a part, or go through them with the arrow keys, to read what it is."}
      </p>
      <Legend flow={flow} />
    </>
  );
}

function Legend({ flow: { places, hops } }: { readonly flow: Flow }): JSX.Element {
  const stages = [...new Set(places.flatMap((place) => place.stages.map(({ stage }) => stage)))];
  return (
    <div class="legend">
      <ul>
        {stages.map((stage) => (
          <li key={stage}>
            <svg class="legend-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect
                width="10"
                height="10"
                fill={stage === "reorged" ? "var(--status-critical)" : stageColor(stage, darkTheme.value)}
              />
            </svg>
            {stageTitles[stage]}
          </li>
        ))}
        <li>┃ first seen; the whisker is how wrong that may be</li>
        {hops.length === 0 ? null : <li>→ from node to node, by the order of their times; dashed where uncertain</li>}
        {places.length > lanesMax ? <li>{places.length - lanesMax} more nodes are in the table</li> : null}
      </ul>
    </div>
  );
}
