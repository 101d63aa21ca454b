/**
 * Times of spans whose clocks do not agree, as the hub's clock would have told them. What is stored stays as its sender said: whoever looks
 * at several nodes at once corrects, and shows what was done and how wrong it may be.
 *
 * - A node whose clock was compared with the hub's while it sent (`clock.offset_ms` on its roots; NTP's formula, RFC 5905 §8) is moved by that
 *   offset, with its error.
 * - A span of another node than its parent's, whose clock was not compared, is moved into its parent if it begins before it, or more than
 *   a day after its end: into the middle, so that the ways there and back are taken for equal; one that is longer than its parent to the
 *   parent's begin. Spans of its node below it move with it. Source: Jaeger, adjuster/clockskew.go, adjustNode and calculateSkew. Other
 *   than there, what begins later and does not end within its parent stays: it may have waited in a queue.
 */
import type { ClockOffset } from "../agent-record.ts";
import { flowAttributes } from "../flow-names.ts";
import type { Attributes, Span } from "../span.ts";
import type { SpanColumns } from "../span-columns.ts";
import { observedPlace } from "./flow-place.ts";
import { parentsFirst, spanTree } from "./span-tree.ts";

/** What waits longer for its parent's message has a wrong clock. */
const queueMsMax = 86_400_000;

/** On what the correction of a row rests, by its number. */
export const correctionBases = ["none", "offset", "causality"] as const;
export type CorrectionBasis = (typeof correctionBases)[number];

export interface CorrectedTimes {
  /** ms after the columns' origin; of rows that were moved it may be below 0. */
  readonly startMs: Float64Array<ArrayBuffer>;
  /** What was added, ms. */
  readonly shiftMs: Float64Array<ArrayBuffer>;
  /** By how much that may be wrong either way, ms; NaN: not known. */
  readonly errorMs: Float64Array<ArrayBuffer>;
  /** Place in `correctionBases`. */
  readonly basis: Uint8Array<ArrayBuffer>;
}

/**
 * Of each node whose clock the hub has compared: the middle one (lower median) of the offsets on its roots, with its error. `ownNode`: the
 * node that tells, to whose clock all others are compared.
 */
export function clocksOf(spans: readonly Span[], ownNode: string | null): ReadonlyMap<string, ClockOffset> {
  const said = new Map<string, ClockOffset[]>();
  for (const { source, parentSpanId, attributes } of spans) {
    const node = parentSpanId === "" ? observedPlace(source)?.node : undefined;
    const clock = node === undefined ? null : clockIn(attributes);
    if (node === undefined || clock === null) continue;
    const list = said.get(node);
    if (list === undefined) said.set(node, [clock]);
    else list.push(clock);
  }
  const clocks = new Map(Array.from(said, ([node, all]) => [node, middleOf(all)]));
  if (ownNode !== null) clocks.set(ownNode, { offsetMs: 0, errorMs: 0 });
  return clocks;
}

/** From 1970 to 2100: what is further off is no clock. A time that may be wrong by a day says nothing. */
const offsetMsMax = 4.2e12;
const errorMsMax = 86_400_000;

/** What the hub has written on a root; `null` where it did not know, or where that is no offset. */
function clockIn(attributes: Attributes): ClockOffset | null {
  const offsetMs = attributes[flowAttributes.clockOffsetMs];
  const errorMs = attributes[flowAttributes.clockErrorMs];
  if (typeof offsetMs !== "number" || typeof errorMs !== "number") return null;
  return Math.abs(offsetMs) <= offsetMsMax && errorMs >= 0 && errorMs <= errorMsMax ? { offsetMs, errorMs } : null;
}

function middleOf(clocks: readonly ClockOffset[]): ClockOffset {
  const sorted = clocks.toSorted((a, b) => a.offsetMs - b.offsetMs);
  return sorted[(sorted.length - 1) >> 1] ?? { offsetMs: 0, errorMs: 0 };
}

/** In linear time. Spans that say no node have clocks that nobody knows, each its own. */
export function correctClocks(columns: SpanColumns, clocks: ReadonlyMap<string, ClockOffset>): CorrectedTimes {
  const { startMs, durationMs, parent, node, nodes } = columns;
  const known = nodes.map((name) => clocks.get(name) ?? null);
  const corrected: CorrectedTimes = {
    startMs: startMs.slice(),
    shiftMs: new Float64Array(startMs.length),
    errorMs: new Float64Array(startMs.length).fill(Number.NaN),
    basis: new Uint8Array(startMs.length),
  };
  const move = (row: number, shiftMs: number, errorMs: number, basis: CorrectionBasis): void => {
    corrected.startMs[row] = (startMs[row] ?? 0) + shiftMs;
    corrected.shiftMs[row] = shiftMs;
    corrected.errorMs[row] = errorMs;
    corrected.basis[row] = correctionBases.indexOf(basis);
  };
  for (const row of parentsFirst(spanTree(columns))) {
    const clock = known[node[row] ?? 0] ?? null;
    const above = parent[row] ?? -1;
    if (clock !== null) {
      move(row, clock.offsetMs, clock.errorMs, "offset");
    } else if (above >= 0 && node[above] === node[row] && nodes[node[row] ?? 0] !== "") {
      move(row, corrected.shiftMs[above] ?? 0, corrected.errorMs[above] ?? Number.NaN, basisOf(corrected, above));
    } else if (above >= 0) {
      const parentMs = { startMs: corrected.startMs[above] ?? 0, durationMs: durationMs[above] ?? 0 };
      const { shiftMs, errorMs } = intoParent({ startMs: startMs[row] ?? 0, durationMs: durationMs[row] ?? 0 }, parentMs);
      if (shiftMs !== 0) move(row, shiftMs, errorMs, "causality");
    }
  }
  return corrected;
}

export function basisOf({ basis }: CorrectedTimes, row: number): CorrectionBasis {
  return correctionBases[basis[row] ?? 0] ?? "none";
}

interface Stretch {
  readonly startMs: number;
  readonly durationMs: number;
}

/** How far a child is to be moved so that its parent may have caused it. The error is the room that it has on each side; NaN: no bound. */
function intoParent(child: Stretch, parent: Stretch): { readonly shiftMs: number; readonly errorMs: number } {
  const [childMs, parentMs] = [Math.max(0, child.durationMs), Math.max(0, parent.durationMs)];
  const lateMs = child.startMs - parent.startMs;
  if (lateMs >= 0 && lateMs <= parentMs + queueMsMax) return { shiftMs: 0, errorMs: 0 };
  const roomMs = parentMs - childMs;
  return roomMs < 0 ? { shiftMs: -lateMs, errorMs: Number.NaN } : { shiftMs: roomMs / 2 - lateMs, errorMs: roomMs / 2 };
}
