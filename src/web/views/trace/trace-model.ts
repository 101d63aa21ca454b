/** A trace as the pictures need it: its columns, and what follows from them. Made once per answer; nothing in it changes. */
import type { ClockOffset } from "../../../core/agent-record.ts";
import { spanFlags, type SpanColumns } from "../../../core/span-columns.ts";
import { correctClocks, type CorrectedTimes } from "../../../core/trace/clock-correction.ts";
import { plausibleTimes, type PlausibleTimes } from "./plausible-times.ts";
import { selfTimes } from "./self-times.ts";
import { laneWalk, rowsByStart, wholeWalk, type GroupedWalk } from "./span-walk.ts";

export interface TraceModel {
  readonly columns: SpanColumns;
  /** Row → start as it is shown, ms after the origin: as sent, or corrected. */
  readonly starts: Float64Array;
  /** What was done to the times; `null` where they are as sent. */
  readonly corrected: CorrectedTimes | null;
  /** Rows by `starts`. */
  readonly byStart: Int32Array;
  readonly times: PlausibleTimes;
  /** The walk through all spans. */
  readonly whole: GroupedWalk;
  /** Row → 1 for all but the roots that have something below: these run as long as the trace, and say nothing of when something happens. */
  readonly isBusy: Uint8Array;
  /** Row → time without its children, ms. Worked out when it is asked for first: the waterfall does without. */
  readonly selfMs: () => Float64Array;
  /** In the order of their first span. */
  readonly services: readonly string[];
  /** Operation → place in `services`. */
  readonly serviceOf: Uint32Array;
  /** 1 where the row's status is an error, else 0. */
  readonly failed: (row: number) => 0 | 1;
}

/** `clocks`: of the nodes that were compared, see `correctClocks`; `null`: times are shown as they were sent. */
export function traceModel(columns: SpanColumns, clocks: ReadonlyMap<string, ClockOffset> | null): TraceModel {
  const { durationMs: durations, parent, flags } = columns;
  const corrected = clocks === null ? null : correctedTimes(columns, clocks);
  const starts = corrected?.startMs ?? columns.startMs;
  const byStart = rowsByStart(starts);
  const whole = wholeWalk(parent, byStart, (row) => ((flags[row] ?? 0) & spanFlags.orphan) !== 0);
  const { rowAt, below, depth } = whole.walk;
  const isBusy = new Uint8Array(starts.length);
  for (let place = 0; place < rowAt.length; place++)
    isBusy[rowAt[place] ?? 0] = depth[place] === 0 && below[place] !== 0 ? 0 : 1;
  let selfMs: Float64Array | null = null;
  return {
    columns,
    starts,
    corrected,
    byStart,
    times: plausibleTimes(starts, durations, byStart),
    whole,
    isBusy,
    selfMs: () => (selfMs ??= selfTimes({ starts, durations, parent, byStart })),
    ...servicesOf(columns, byStart),
    failed: (row) => (((flags[row] ?? 0) & spanFlags.failed) === 0 ? 0 : 1),
  };
}

/**
 * `null` where nothing was moved. Spans that say no node are left where they are: a child that outlives its parent is usual inside one
 * program, and nothing says that these are two.
 */
function correctedTimes(columns: SpanColumns, clocks: ReadonlyMap<string, ClockOffset>): CorrectedTimes | null {
  if (columns.nodes.every((node) => node === columns.nodes[0]) && clocks.size === 0) return null;
  const corrected = correctClocks(columns, new Map([...clocks, ["", { offsetMs: 0, errorMs: 0 }]]));
  return corrected.basis.some((basis) => basis !== 0) ? corrected : null;
}

/** The walk in which every node's spans stand apart. */
export function lanesOf({ columns, byStart }: TraceModel): GroupedWalk {
  return laneWalk(columns.parent, byStart, columns.node);
}

function servicesOf({ operation, operations }: SpanColumns, byStart: Int32Array): Pick<TraceModel, "services" | "serviceOf"> {
  const numbers = new Map<string, number>();
  const serviceOf = new Uint32Array(operations.length);
  const isKnown = new Uint8Array(operations.length);
  for (const row of byStart) {
    const at = operation[row] ?? 0;
    if (isKnown[at] === 1) continue;
    isKnown[at] = 1;
    const service = operations[at]?.service ?? "";
    const number = numbers.get(service) ?? numbers.size;
    numbers.set(service, number);
    serviceOf[at] = number;
  }
  return { services: [...numbers.keys()], serviceOf };
}
