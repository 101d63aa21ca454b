/** `TelemetryApi` over the store's reader, which is opened by the first call: most nodes have no telemetry. Runs in the query thread. */
import type { Cancellation } from "../../core/cancellation.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { ReadAllowance, TelemetryReader } from "../../core/telemetry-reader.ts";
import { CallBudget, defaultLimits } from "../limits.ts";
import { parseQuery } from "../parser/parser.ts";
import type { TelemetryApi, Warned } from "./api.ts";
import { selectorsOf } from "./selectors.ts";
import { analyseTrace } from "./trace-analysis.ts";
import { columnsText, spansText, traceText } from "./trace-json.ts";
import { analyseWindow } from "./window-analysis.ts";

/** After this a search answers with what it has found, and where to go on, ms. */
const searchMs = 3000;
/** Exemplars of one answer: more points than a chart has pixels. */
const exemplarsMax = 10_000;
const operationsMax = 5000;
/** JSON bytes of spans: of an answer that the main thread shapes, and of one that is made here. */
const shapedBytesMax = 4_194_304;
const writtenBytesMax = 67_108_864;

export interface TelemetryServiceOptions {
  readonly open: () => TelemetryReader;
  readonly clock?: Clock;
}

export function createTelemetryService({ open, clock = systemClock }: TelemetryServiceOptions): TelemetryApi {
  let opened: TelemetryReader | null = null;
  /** Reads with a time limit, and gives the notes of reading as warnings. */
  const ask = <T extends object>(
    signal: Cancellation | undefined,
    read: (reader: TelemetryReader, allowance: ReadAllowance) => T,
  ): T & Warned => {
    opened ??= open();
    const budget = new CallBudget(defaultLimits, clock, {}, signal);
    const lateMs = clock.monotonicMs() + searchMs;
    const warnings = new Set<string>();
    const result = read(opened, {
      check: () => budget.checkTime(),
      isLate: () => clock.monotonicMs() > lateMs,
      note: (text) => void warnings.add(text),
    });
    return { ...result, warnings: [...warnings] };
  };
  const traceOf = (
    traceId: string,
    wish: Parameters<TelemetryReader["trace"]>[1],
    signal: Cancellation | undefined,
  ): ReturnType<TelemetryApi["trace"]> => {
    const { trace, warnings } = ask(signal, (reader, allowance) => ({ trace: reader.trace(traceId, wish, allowance) }));
    return trace === null ? null : { ...trace, warnings };
  };
  return {
    traces: (filter, page, signal) => ask(signal, (reader, allowance) => reader.traces(filter, page, allowance)),
    trace: (traceId, spansMax, signal) => traceOf(traceId, { spansMax, bytesMax: shapedBytesMax }, signal),
    traceJson(traceId, spansMax, signal) {
      const trace = traceOf(traceId, { spansMax, bytesMax: writtenBytesMax }, signal);
      return trace === null ? null : new TextEncoder().encode(traceText(trace));
    },
    columnsJson(traceId, rowsMax, signal) {
      const { trace, warnings } = ask(signal, (reader, allowance) => ({ trace: reader.columns(traceId, rowsMax, allowance) }));
      return trace === null ? null : new TextEncoder().encode(columnsText(trace, warnings));
    },
    spansJson(traceId, spanId, signal) {
      const { spans, warnings } = ask(signal, (reader, allowance) => ({ spans: reader.spans(traceId, spanId, allowance) }));
      return spans.length === 0 ? null : new TextEncoder().encode(spansText(spans, warnings));
    },
    operations: (signal) => ask(signal, (reader, allowance) => ({ operations: reader.operations(operationsMax, allowance) })),
    traceAnalysis(traceId, ownNode, signal) {
      const { analysis, warnings } = ask(signal, (reader, allowance) => ({
        analysis: analyseTrace(traceId, { nowMs: clock.nowMs(), ownNode }, reader, allowance),
      }));
      return analysis === null ? null : { ...analysis, warnings };
    },
    windowAnalysis: (wish, ownNode, signal) =>
      ask(signal, (reader, allowance) => analyseWindow(wish, { nowMs: clock.nowMs(), ownNode }, reader, allowance)),
    logs: (filter, page, signal) => ask(signal, (reader, allowance) => reader.logs(filter, page, allowance)),
    exemplars(expr, startMs, endMs, signal) {
      const selectors = selectorsOf(parseQuery(expr));
      return ask(signal, (reader, allowance) => ({
        series: selectors.length === 0 ? [] : reader.exemplars(selectors, startMs, endMs, exemplarsMax, allowance),
      }));
    },
    metadata: (metric, limit, signal) =>
      ask(signal, (reader, allowance) => ({ metadata: reader.metadata(metric, limit, allowance) })),
    events: (filter, page, signal) => ask(signal, (reader, allowance) => reader.events(filter, page, allowance)),
  };
}
