/** What part of a way is looked at, and the times on its axis. */
import type { Flow } from "../../../core/trace/flow.ts";
import type { Hop } from "../../../core/trace/hops.ts";
import { openStage } from "../../../core/trace/open-stage.ts";

/** ms after the flow's begin. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What may be looked at, by its name for those who choose. */
export interface NamedWindow {
  readonly id: "block" | "all" | "spread" | "block-spread";
  readonly title: string;
  readonly window: Window;
}

/** Where what follows the inclusion takes so many times as long as all before it, the picture ends with the inclusion. */
const tailMost = 3;
/** Room beside what a window is about, as a share of it. */
const room = 0.08;

/** The first one is what to show first. Windows that would show the same as another are left out. */
export function windowsOf(
  { places, hops, latency }: Pick<Flow, "places" | "hops" | "latency">,
  nowMs: number,
): readonly NamedWindow[] {
  const ends = places.flatMap((place) => [...place.stages.map(({ toMs }) => toMs), openStage(place) === null ? 0 : nowMs]);
  const endMs = Math.max(0, ...ends);
  const untilBlock = latency === null ? null : around(0, latency.ms);
  const all: NamedWindow = {
    id: "all",
    title: untilBlock === null ? "All" : "To the end",
    window: widened(around(0, endMs), places),
  };
  const block: readonly NamedWindow[] =
    untilBlock === null || latency === null || endMs < latency.ms * 1.2
      ? []
      : [{ id: "block", title: "To its block", window: untilBlock }];
  const isLong = latency !== null && endMs > latency.ms * tailMost;
  return [
    ...(isLong ? [...block, all] : [all, ...block]),
    ...spread(
      "spread",
      "From node to node",
      hops.filter(({ of }) => of === "transaction"),
    ),
    ...spread(
      "block-spread",
      "Its block from node to node",
      hops.filter(({ of }) => of === "block"),
    ),
  ];
}

function spread(id: NamedWindow["id"], title: string, hops: readonly Hop[]): readonly NamedWindow[] {
  if (hops.length === 0) return [];
  const [fromMs, toMs] = [Math.min(...hops.map((hop) => hop.fromMs)), Math.max(...hops.map((hop) => hop.toMs))];
  return [{ id, title, window: around(fromMs, toMs) }];
}

function around(fromMs: number, toMs: number): Window {
  // A way of no time at all still has a picture.
  const margin = Math.max(0.5, (toMs - fromMs) * room);
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}

/** What is over before it could be measured is shown with how wrong its begin may be, not with microseconds on its axis. */
function widened({ fromMs, toMs }: Window, places: Flow["places"]): Window {
  const errorMs = Math.max(0, ...places.map(({ clock, resolutionMs }) => (clock?.errorMs ?? 0) + (resolutionMs ?? 0)));
  return errorMs <= toMs - fromMs ? { fromMs, toMs } : around(-errorMs, Math.max(toMs, errorMs));
}

/** Round times for an axis of at most `most` of them: 1, 2 or 5 times a power of ten ms. */
export function axisSteps({ fromMs, toMs }: Window, most: number): readonly number[] {
  const rough = (toMs - fromMs) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(fromMs / step);
  const last = Math.floor(toMs / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}
