/** The last blocks of one client in time: how full, how long they took, which were missed or did not stay. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { blockOf, type Block } from "../../data/block.ts";
import { eventsUrl, type EventPage } from "../../data/chain-events.ts";
import { playing } from "../../data/query-board.ts";
import { zone } from "../../data/server.ts";
import { usePolled } from "../../data/use-polled.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { darkTheme } from "../../state/preferences.ts";
import { timeRange } from "../../state/time-range.ts";
import { queueDraw } from "../../views/draw-queue.ts";
import { seriesStyle } from "../../views/palette.ts";
import { BlockFacts } from "./block-facts.tsx";
import { heightsOf, phasesIn, type Heights } from "./block-measure.ts";
import { BlockTable } from "./block-table.tsx";
import { drawTimeline, timelineHeight } from "./draw-timeline.ts";
import { blockAt, layOut } from "./timeline-layout.ts";

interface Props {
  readonly client: string;
  readonly simulated: boolean;
}

/** As many as can be told apart on a phone. */
const blocksShown = 60;
const refreshMs = 2000;

export function BlockTimeline({ client, simulated }: Props): JSX.Element {
  const range = timeRange.value;
  const toMs = range.kind === "between" ? range.toMs : null;
  const url = eventsUrl({ kind: "chain.block", subject: client, limit: blocksShown, toMs });
  const polled = usePolled<EventPage>(url, toMs === null && playing.value ? refreshMs : null);
  const asTable = useSignal(false);
  const blocks = (polled.answer.value?.events ?? []).map(blockOf);
  return (
    <section
      class="panel"
      aria-label={`Blocks of ${client}`}
      onKeyDown={(event) => {
        if (event.key === "v" && !event.ctrlKey && !event.metaKey) asTable.value = !asTable.value;
      }}
    >
      <header class="panel-head">
        <h3>Last blocks of {client}</h3>
        {simulated ? <DemoBadge /> : null}
        <span class="spacer" />
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
      <PollNote of={polled} what="The blocks" />
      {polled.answer.value !== null && blocks.length === 0 ? (
        <p class="series-note">
          ChainPulse has seen no block of {client} {toMs === null ? "yet" : "up to then"}.
        </p>
      ) : null}
      {blocks.length === 0 ? null : asTable.value ? <BlockTable blocks={blocks} /> : <Plot client={client} blocks={blocks} />}
    </section>
  );
}

interface PlotProps {
  readonly client: string;
  readonly blocks: readonly Block[];
}

function Plot({ client, blocks }: PlotProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  /** Key of the block that is pointed at; else the newest one is shown. */
  const pointed = useSignal<string | null>(null);
  const layout = layOut(blocks, width.value);
  const placed = layout.blocks.findIndex(({ block }) => block.key === pointed.value);
  const at = placed === -1 ? layout.blocks.length - 1 : placed;
  const shown = layout.blocks[at]?.block ?? blocks[0];
  const heights = heightsOf(blocks);
  const phases = phasesIn(blocks);

  const draw = (): void => {
    const picture = { layout, heights, shown: placed === -1 ? null : (shown?.key ?? null) };
    if (canvas.current !== null) drawTimeline(canvas.current, { ...picture, dark: darkTheme.peek(), zone: zone.peek() });
  };
  const latest = useRef(draw);
  latest.current = draw;
  const paint = useCallback(() => latest.current(), []);
  useEffect(() => queueDraw(paint));
  useSignalEffect(() => {
    void [darkTheme.value, zone.value];
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
    pointed.value = layout.blocks[Math.min(layout.blocks.length - 1, Math.max(0, index))]?.block.key ?? null;
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 10 : 1;
    if (event.key === "ArrowLeft") point(at - step);
    else if (event.key === "ArrowRight") point(at + step);
    else if (event.key === "Home") point(0);
    else if (event.key === "End" || event.key === "Escape") pointed.value = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <canvas
        ref={canvas}
        class="timeline"
        style={{ height: `${timelineHeight(phases.length > 0)}px` }}
        tabIndex={0}
        role="img"
        aria-label={`The last ${blocks.length} blocks of ${client} in time. Arrow keys go from block to block, v shows them as a table.`}
        onKeyDown={onKey}
        onPointerMove={(event) => point(blockAt(layout, event.offsetX))}
        onPointerLeave={() => (pointed.value = null)}
      />
      <Legend heights={heights} phases={phases} blocks={blocks} />
      {shown === undefined ? null : <BlockFacts block={shown} isChosen={placed !== -1} />}
    </>
  );
}

const heightWords: Readonly<Record<NonNullable<Heights["of"]>, string>> = {
  gas: "Height: gas used, of the limit",
  weight: "Height: weight, of 4,000,000",
  transactions: "Height: transactions",
};

function Legend({
  heights,
  phases,
  blocks,
}: {
  readonly heights: Heights;
  readonly phases: readonly string[];
  readonly blocks: readonly Block[];
}): JSX.Element {
  const count = (status: Block["status"]): number => blocks.filter((block) => block.status === status).length;
  return (
    <div class="legend">
      <ul>
        <li>
          {heights.of === null
            ? "Height: not known, because this client does not tell how full its blocks are"
            : heightWords[heights.of]}
        </li>
        {count("orphaned") === 0 ? null : <li class="timeline-orphaned">▱ {count("orphaned")} did not stay</li>}
        {count("missed") === 0 ? null : <li class="timeline-missed">× {count("missed")} missed</li>}
        {phases.map((phase, index) => (
          <li key={phase}>
            <svg class="legend-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" fill={seriesStyle(index, { dark: darkTheme.value, stacked: true }).color} />
            </svg>
            {phase.replaceAll("_", " ")}
          </li>
        ))}
      </ul>
    </div>
  );
}
