/** The running node's `RuleStorage`: reads the store and what is pending, and hands results to the data thread, the only writer. */
import { ChainPulseError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { RuleSampleSink } from "../../core/rule-samples.ts";
import type { RuleGroupFacts } from "../../core/runtime.ts";
import { type SampleReader, staleNaNBits } from "../../core/storage.ts";
import { createQueryService } from "../../query/service.ts";
import { PendingReader, type PendingSample } from "./pending-reader.ts";
import { queriesOver } from "./query-storage.ts";
import type { RuleSample, RuleStorage } from "./rule-storage.ts";

/** What one rule's expression may take: a group that takes longer than its interval misses evaluations. */
const timeoutMs = 10_000;

/** Results of one evaluation of a group: they are stored at once, and no tick may wait for them. */
const samplesMax = 20_000;

export interface NodeStorageOptions {
  readonly reader: SampleReader;
  readonly sink: RuleSampleSink;
  /** Told with each batch. */
  readonly groups: () => readonly RuleGroupFacts[];
  readonly logger: Logger;
  readonly experimentalFunctions: boolean;
}

export function createNodeStorage({ reader, sink, groups, logger, experimentalFunctions }: NodeStorageOptions): RuleStorage {
  const pending = new PendingReader(reader);
  let refusal: string | null = null;
  return {
    ...queriesOver(pending, createQueryService(pending, { limits: { timeoutMs }, experimentalFunctions })),
    begin: () => pending.begin(),
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
