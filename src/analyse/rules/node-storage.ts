/**
 * The running node's `RuleStorage`: reads the store and what is pending, or asks the engine that keeps the samples, and hands results to
 * the data thread, the only writer. The engine knows of results only when they were sent to it: there the rules of a group see those of
 * the rules before them one evaluation later.
 */
import { ChainPulseError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { RuleSampleSink } from "../../core/rule-samples.ts";
import type { RuleGroupFacts } from "../../core/runtime.ts";
import { type SampleReader, staleNaNBits } from "../../core/storage.ts";
import { activeSinceSeries } from "../../core/rule.ts";
import type { LaterApi, QueryApi } from "../../query/api.ts";
import { createQueryService } from "../../query/service.ts";
import { alertNameLabel } from "./alert-series.ts";
import { PendingReader } from "./pending-reader.ts";
import type { PendingSample } from "./pending-samples.ts";
import { PendingSamples } from "./pending-samples.ts";
import { elementsOf, queriesOver } from "./query-storage.ts";
import type { RuleSample, RuleStorage } from "./rule-storage.ts";

/** What one rule's expression may take: a group that takes longer than its interval misses evaluations. */
const timeoutMs = 10_000;

/** Results of one evaluation of a group: they are stored at once, and no tick may wait for them. */
const samplesMax = 20_000;

export interface NodeStorageOptions {
  readonly source: RuleSource;
  readonly sink: RuleSampleSink;
  /** Told with each batch. */
  readonly groups: () => readonly RuleGroupFacts[];
  readonly logger: Logger;
}

/** Where rules read, and what becomes of their results until they are stored. */
export interface RuleSource extends Pick<RuleStorage, "query" | "activeBefore" | "begin"> {
  readonly pending: Pick<PendingReader, "add" | "size" | "take">;
}

/** The store in this data directory. */
export function localSource(reader: SampleReader, experimentalFunctions: boolean): RuleSource {
  const pending = new PendingReader(reader);
  return {
    ...queriesOver(pending, createQueryService(pending, { limits: { timeoutMs }, experimentalFunctions })),
    begin: () => pending.begin(),
    pending,
  };
}

/** The engine that keeps the samples. */
export function engineSource(query: Pick<LaterApi<QueryApi>, "instant">): RuleSource {
  return {
    query: async (expr, timeMs) => elementsOf(await query.instant(expr, timeMs, { timeoutMs })),
    async activeBefore(alertName, fromMs, toMs) {
      const series = `${activeSinceSeries}{${alertNameLabel}=${JSON.stringify(alertName)}}`;
      return elementsOf(await query.instant(`last_over_time(${series}[${toMs - fromMs}ms])`, toMs, { timeoutMs }));
    },
    begin: () => undefined,
    pending: new PendingSamples(),
  };
}

export function createNodeStorage({ source, sink, groups, logger }: NodeStorageOptions): RuleStorage {
  const { pending } = source;
  let refusal: string | null = null;
  return {
    query: (expr, timeMs) => source.query(expr, timeMs),
    activeBefore: (alertName, fromMs, toMs) => source.activeBefore(alertName, fromMs, toMs),
    begin: () => source.begin(),
    append(samples) {
      if (pending.size + samples.length > samplesMax) {
        throw new ChainPulseError("QUERY_LIMIT", `the rules of a group have more than ${samplesMax} results`, {
          fix: "Aggregate in the rules' expressions, or split the group.",
        });
      }
      pending.add(samples.map(toPending));
    },
    async flush(timestampMs) {
      const samples = pending.take();
      const receipt = await sink.storeRuleSamples({
        timestampMs,
        keys: [...samples.keys()],
        values: valuesOf(samples),
        groups: groups(),
      });
      if (receipt.refusal !== null && receipt.refusal !== refusal) {
        logger.warn("results of rules are dropped, because the store takes no more series", { ...receipt });
      }
      refusal = receipt.refusal;
    },
  };
}

function toPending({ labels, timestampMs, value }: RuleSample): PendingSample {
  if (typeof value === "object") {
    throw new ChainPulseError(
      "QUERY_UNSUPPORTED",
      "a rule has native histograms as its result, which the store does not keep",
      {
        fix: "Record a quantile, a rate or a count of them.",
      },
    );
  }
  return { labels, timestampMs, value };
}

function valuesOf(samples: ReadonlyMap<string, PendingSample>): Float64Array {
  const values = new Float64Array(samples.size);
  const bits = new BigUint64Array(values.buffer);
  for (const [index, { value }] of [...samples.values()].entries()) {
    if (value === "stale") bits[index] = staleNaNBits;
    else values[index] = value;
  }
  return values;
}
