/**
 * Searches of one kind, one after another, in a process that has not read anything before; or the columns of one trace.
 *
 *   trace-search-child.ts DATA_DIR search FILTERS      JSON of a list of filters, bigints as texts
 *   trace-search-child.ts DATA_DIR columns TRACE_ID
 */
import type { TraceFilter } from "../../src/core/telemetry-reader.ts";
import { createTelemetryService } from "../../src/query/telemetry/service.ts";
import { openTelemetryReader } from "../../src/store/beside/telemetry-reader.ts";
import { benchLogger } from "./bench-logger.ts";

/** Of a page in the dashboard. */
const pageTraces = 20;

/** What the parent makes. */
export interface SearchWish extends Omit<TraceFilter, "fromNs" | "toNs" | "minDurationNs" | "maxDurationNs"> {
  readonly fromNs: string;
  readonly toNs: string;
  readonly minDurationNs?: string;
}

export interface SearchTime {
  readonly ms: number;
  readonly cpuMs: number;
  readonly found: number;
  /** Whether the search took so long that it would have to be asked again. */
  readonly isShort: boolean;
}

export interface ColumnsTime {
  readonly ms: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

const [, , dataDir = "", what = "", argument = ""] = process.argv;
const service = createTelemetryService({ open: () => openTelemetryReader({ dataDir, logger: benchLogger }) });

function timed<T>(work: () => T): { readonly result: T; readonly ms: number; readonly cpuMs: number } {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

function search({ minDurationNs, ...wish }: SearchWish): SearchTime {
  const filter: TraceFilter = {
    ...wish,
    fromNs: BigInt(wish.fromNs),
    toNs: BigInt(wish.toNs),
    minDurationNs: minDurationNs === undefined ? undefined : BigInt(minDurationNs),
  };
  const { result, ...time } = timed(() => service.traces(filter, { limit: pageTraces, cursor: null }));
  return { ...time, found: result.items.length, isShort: result.next !== null && result.items.length < pageTraces };
}

function columns(traceId: string): ColumnsTime {
  const { result, ...time } = timed(() => service.columnsJson(traceId, 250_000));
  return { ...time, bytes: result?.length ?? 0 };
}

if (what === "columns") {
  console.log(JSON.stringify([columns(argument), columns(argument), columns(argument)]));
} else {
  // The parent writes it; it is nobody's input.
  console.log(JSON.stringify((JSON.parse(argument) as readonly SearchWish[]).map(search)));
}
