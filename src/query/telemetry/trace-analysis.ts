/** One trace, analysed: what it waited for, whose clocks were corrected, who called whom, and the life of what it is of. Plain data. */
import { msOfNs } from "../../core/nanoseconds.ts";
import { type SpanColumns, spanFlags } from "../../core/span-columns.ts";
import type { ReadAllowance, TelemetryReader } from "../../core/telemetry-reader.ts";
import { basisOf, clocksOf, type CorrectedTimes, correctClocks } from "../../core/trace/clock-correction.ts";
import { criticalPath, type PathPiece } from "../../core/trace/critical-path.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { flowOf } from "../../core/trace/flow-of.ts";
import type { FlowOptions } from "../../core/trace/flow-parts.ts";
import { type ServiceMap, serviceMap } from "../../core/trace/service-map.ts";

/** A stretch of the critical path. */
export interface PathStretch {
  /** 16 hex digits. */
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly node: string;
  /** ms after the trace's begin, corrected. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PathShare {
  readonly service: string;
  readonly name: string;
  readonly node: string;
  readonly ms: number;
  /** Of the whole path, 0 to 1. */
  readonly share: number;
}

export interface TraceAnalysis {
  readonly traceId: string;
  readonly spans: number;
  /** Spans whose place in time was looked at, and those whose attributes were: the first by their start. */
  readonly spansAnalysed: number;
  readonly spansRead: number;
  /** Of the span that begins first, as its sender said, ms since the epoch. */
  readonly startMs: number;
  /** How far the hub's clock is ahead of each node's, where that is known. */
  readonly clocks: readonly { readonly node: string; readonly offsetMs: number; readonly errorMs: number }[];
  /** Spans that were moved, by what that rests on. */
  readonly moved: { readonly byOffset: number; readonly byCausality: number };
  /** Spans whose parent has not come, and those whose parent is below themselves. */
  readonly orphans: number;
  readonly circles: number;
  readonly pathMs: number;
  /** In the order of time; the first ones of `pathStretches`. */
  readonly path: readonly PathStretch[];
  readonly pathStretches: number;
  /** Greatest first. */
  readonly pathShares: readonly PathShare[];
  readonly map: ServiceMap;
  /** `null`: the trace is of no transaction and no block that ChainPulse has observed; `flowReason` says so. */
  readonly flow: Flow | null;
  readonly flowReason: string | null;
}

/** Rows of the largest trace that is drawn. */
const rowsMax = 250_000;
/** Spans whose bodies are read: those of 500 nodes, and as many of their clients' own. */
const spansMax = 10_000;
const bytesMax = 67_108_864;
/** Stretches, shares, and edges of one answer: more than anybody reads. */
const stretchesMax = 2000;
const sharesMax = 200;
const endsMax = 500;

/** `null` where there is no such trace. */
export function analyseTrace(
  traceId: string,
  options: FlowOptions,
  reader: TelemetryReader,
  allowance: ReadAllowance,
): TraceAnalysis | null {
  const drawn = reader.columns(traceId, rowsMax, allowance);
  const stored = drawn === null ? null : reader.trace(traceId, { spansMax, bytesMax }, allowance);
  if (drawn === null || stored === null) return null;
  const { columns, summary } = drawn;
  const clocks = clocksOf(stored.spans, options.ownNode);
  const corrected = correctClocks(columns, clocks);
  allowance.check();
  const path = criticalPath(columns, corrected.startMs);
  const map = serviceMap([columns]);
  const flow = flowOf(stored.spans, options);
  return {
    traceId,
    spans: summary.spans,
    spansAnalysed: columns.startMs.length,
    spansRead: stored.spans.length,
    startMs: msOfNs(columns.originNs),
    clocks: columns.nodes.flatMap((node) => {
      const clock = clocks.get(node);
      return clock === undefined ? [] : [{ node, ...clock }];
    }),
    moved: movedIn(corrected),
    orphans: flagged(columns, spanFlags.orphan),
    circles: flagged(columns, spanFlags.cycle),
    pathMs: lengthOf(path),
    path: path.slice(0, stretchesMax).map((piece) => stretchOf(columns, piece)),
    pathStretches: path.length,
    pathShares: sharesOf(columns, path).slice(0, sharesMax),
    map: { boxes: map.boxes.slice(0, endsMax), edges: map.edges.slice(0, endsMax) },
    flow,
    flowReason:
      flow === null ? "ChainPulse has observed no transaction and no block in it at a place whose clock can be believed" : null,
  };
}

function movedIn(corrected: CorrectedTimes): TraceAnalysis["moved"] {
  let [byOffset, byCausality] = [0, 0];
  for (const [row, ms] of corrected.shiftMs.entries()) {
    if (ms === 0) continue;
    if (basisOf(corrected, row) === "offset") byOffset++;
    else byCausality++;
  }
  return { byOffset, byCausality };
}

function flagged({ flags }: SpanColumns, flag: number): number {
  return flags.reduce((count, own) => count + ((own & flag) === 0 ? 0 : 1), 0);
}

function lengthOf(path: readonly PathPiece[]): number {
  return path.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function stretchOf(columns: SpanColumns, { row, fromMs, toMs }: PathPiece): PathStretch {
  const spanId = Buffer.from(columns.spanIds.subarray(row * 8, row * 8 + 8)).toString("hex");
  return { spanId, ...whoIs(columns, row), fromMs, toMs };
}

function whoIs(
  { operation, operations, node, nodes }: SpanColumns,
  row: number,
): Pick<PathStretch, "service" | "name" | "node"> {
  const { service, name } = operations[operation[row] ?? 0] ?? { service: "", name: "" };
  return { service, name, node: nodes[node[row] ?? 0] ?? "" };
}

function sharesOf(columns: SpanColumns, path: readonly PathPiece[]): readonly PathShare[] {
  const totalMs = lengthOf(path);
  const groups = Map.groupBy(path, ({ row }) => `${columns.operation[row]} ${columns.node[row]}`);
  return Array.from(groups.values(), (own): PathShare => {
    const ms = lengthOf(own);
    return { ...whoIs(columns, own[0]?.row ?? 0), ms, share: ms / totalMs };
  }).sort((a, b) => b.ms - a.ms);
}
