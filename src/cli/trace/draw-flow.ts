/** One transaction's or block's way across the nodes in a terminal: a line per node on one axis of time, and below it the figures. */
import type { Flow, FlowStage, PlaceFlow, PlaceStage } from "../../core/trace/flow.ts";
import { chainText, flowSentences, stageTitles } from "../../core/trace/flow-words.ts";
import { openStage } from "../../core/trace/open-stage.ts";
import { durationText } from "../../core/trace/time-words.ts";
import { escapeText } from "../../io/log-format.ts";
import { flowTables, placesMax } from "./flow-tables.ts";
import { cell, type Look, painted, type Style, wrapped } from "./sheet.ts";

/** How a stage is drawn: each has a sign of its own, so that it can be told without colours. */
const signs = {
  propagation: [">", "cyan"],
  queued: ["·", "yellow"],
  mempool: ["▒", "blue"],
  reorged: ["×", "red"],
  propose: ["p", "cyan"],
  block_propagation: [">", "cyan"],
  import: ["█", "green"],
  execute: ["▓", "green"],
  attest: ["a", "cyan"],
  confirm: ["─", "dim"],
  justify: ["┄", "dim"],
  finalize: ["═", "dim"],
} as const satisfies Record<FlowStage, readonly [sign: string, style: Style]>;

/** Later ones are drawn over those before: what is short and within another is what one looks for. */
const layers: readonly FlowStage[] = [
  "finalize",
  "justify",
  "confirm",
  "attest",
  "propose",
  "queued",
  "mempool",
  "import",
  "execute",
  "reorged",
];

/** What goes on, after it was seen last: nodes tell of changes, not of waiting. */
const openSign = "░";
/** A name longer than this is cut. */
const nameWidthMax = 24;

/** Lines with their ends. `nowMs`: by the server's clock. */
export function drawFlow(flow: Flow, nowMs: number, look: Look): string {
  const title = `${flow.kind === "transaction" ? "Transaction" : "Block"} ${flow.hash === "" ? flow.traceId : flow.hash}`;
  const facts = [chainText(flow.chain), ...(flow.isSimulated ? ["made for show"] : []), new Date(flow.startMs).toISOString()];
  return [
    painted(escapeText(title), "bold", look),
    painted(escapeText(facts.filter((fact) => fact !== "").join(" · ")), "dim", look),
    "",
    ...wrapped(flowSentences(flow, nowMs).join(" "), look.width),
    "",
    ...lanes(flow, nowMs - flow.startMs, look),
    "",
    ...replacement(flow),
    ...flowTables(flow, look.width),
  ].join("\n");
}

function replacement(flow: Flow): readonly string[] {
  return flow.kind === "transaction" && flow.replacedBy !== null ? [escapeText(`Replaced by ${flow.replacedBy}`), ""] : [];
}

/** `nowMs`: after the flow's begin. */
function lanes(flow: Flow, nowMs: number, look: Look): readonly string[] {
  const shown = flow.places.slice(0, placesMax);
  const nameWidth = Math.min(nameWidthMax, Math.max(0, ...shown.map(({ name }) => name.length)));
  const width = look.width - nameWidth - 2;
  const lastMs = Math.max(1, ...flow.places.flatMap((place) => endsOf(place, nowMs)));
  const endMs = shownEndMs(flow, lastMs);
  const pad = " ".repeat(nameWidth + 2);
  const drawn = new Set(
    flow.places.flatMap(({ stages }) => inLayers(stages)).flatMap(({ stage, fromMs }) => (fromMs < endMs ? [stage] : [])),
  );
  const isSeen = flow.places.some(({ firstSeenMs }) => firstSeenMs !== null);
  const isOpen = flow.places.some((place) => openStage(place) !== null);
  const legend = layers
    .filter((stage) => drawn.has(stage))
    .map((stage) => `${signs[stage][0]} ${stageTitles[stage].toLowerCase()}`);
  return [
    painted(pad + axis(endMs, width), "dim", look),
    ...shown.map((place) => `${cell(place.name, nameWidth)}  ${lane(place, { endMs, nowMs, width, look })}`),
    ...(flow.places.length > shown.length ? [`… and ${flow.places.length - shown.length} more nodes`] : []),
    painted(
      [...legend, ...(isOpen ? [`${openSign} goes on`] : []), ...(isSeen ? ["| first seen"] : [])].join("  "),
      "dim",
      look,
    ),
    ...(lastMs > endMs * 1.05
      ? [painted(`The picture ends soon after the inclusion; it is followed for ${durationText(lastMs)}.`, "dim", look)]
      : []),
  ];
}

/**
 * Where the picture ends, ms: a little after the inclusion, where what follows would make all before it a single character; else at the end.
 */
function shownEndMs({ latency }: Flow, lastMs: number): number {
  return latency !== null && latency.ms > 0 && lastMs > 3 * latency.ms ? latency.ms * 1.2 : lastMs;
}

function endsOf(place: PlaceFlow, nowMs: number): readonly number[] {
  return [...place.stages.map(({ toMs }) => toMs), openStage(place) === null ? 0 : nowMs];
}

/** Times at the begin, the middle and the end. */
function axis(endMs: number, width: number): string {
  const [middle, end] = [durationText(endMs / 2), durationText(endMs)];
  const left = cell("0", Math.max(1, Math.floor((width - middle.length) / 2)));
  return left + middle + cell(end, Math.max(0, width - left.length - middle.length), "right");
}

interface LaneRoom {
  readonly endMs: number;
  readonly nowMs: number;
  readonly width: number;
  readonly look: Look;
}

function lane(place: PlaceFlow, { endMs, nowMs, width, look }: LaneRoom): string {
  const at = (ms: number): number => Math.min(width - 1, Math.max(0, Math.floor((ms / endMs) * width)));
  const cells: (FlowStage | "seen" | "open" | null)[] = Array.from({ length: width }, () => null);
  const fill = (what: FlowStage | "open", fromMs: number, toMs: number): void => {
    if (fromMs < endMs)
      cells.fill(what, at(fromMs), Math.max(at(fromMs) + 1, Math.ceil((Math.min(toMs, endMs) / endMs) * width)));
  };
  const open = openStage(place);
  if (open !== null) fill("open", open.toMs, nowMs);
  for (const { stage, fromMs, toMs } of inLayers(place.stages)) fill(stage, fromMs, toMs);
  if (place.firstSeenMs !== null) cells[at(place.firstSeenMs)] = "seen";
  return runs(cells)
    .map(({ of, length }) => {
      if (of === null) return " ".repeat(length);
      const [sign, style] = of === "seen" ? (["|", "bold"] as const) : of === "open" ? ([openSign, "dim"] as const) : signs[of];
      return painted(sign.repeat(length), style, look);
    })
    .join("")
    .trimEnd();
}

function inLayers(stages: readonly PlaceStage[]): readonly PlaceStage[] {
  const layerOf = ({ stage, isReorged }: PlaceStage): number => layers.indexOf(isReorged ? "reorged" : stage);
  return stages.toSorted((a, b) => layerOf(a) - layerOf(b)).map((one) => (one.isReorged ? { ...one, stage: "reorged" } : one));
}

function runs<T>(cells: readonly T[]): readonly { readonly of: T; readonly length: number }[] {
  const found: { of: T; length: number }[] = [];
  for (const one of cells) {
    const last = found.at(-1);
    if (last !== undefined && last.of === one) last.length++;
    else found.push({ of: one, length: 1 });
  }
  return found;
}
