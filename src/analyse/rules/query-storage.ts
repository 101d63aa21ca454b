/** The part of `LocalRuleStorage` that is the same over every reader: queries, and which alerts were active. */
import { ChainPulseError } from "../../core/errors.ts";
import { metricNameLabel } from "../../core/labels.ts";
import { activeSinceSeries } from "../../core/rule.ts";
import type { SampleReader } from "../../core/storage.ts";
import type { QueryApi, QueryResult, VectorSample } from "../../query/api.ts";
import { isStale } from "../../query/eval/stale.ts";
import { alertNameLabel } from "./alert-series.ts";
import type { LocalRuleStorage } from "./rule-storage.ts";

/** `query` answers over `reader`. */
export function queriesOver(
  reader: SampleReader,
  query: Pick<QueryApi, "instant">,
): Pick<LocalRuleStorage, "query" | "activeBefore"> {
  return {
    query: (expr, timeMs) => elementsOf(query.instant(expr, timeMs)),
    activeBefore(alertName, fromMs, toMs) {
      const matchers = [
        { name: metricNameLabel, operator: "=", value: activeSinceSeries },
        { name: alertNameLabel, operator: "=", value: alertName },
      ] as const;
      return reader.select(matchers, fromMs, toMs).flatMap(({ labels, timestampsMs, values }): readonly VectorSample[] => {
        const last = values.length - 1;
        const [timestampMs, value] = [timestampsMs[last], values[last]];
        if (timestampMs === undefined || value === undefined || isStale(values, last)) return [];
        return [{ labels, timestampMs, value }];
      });
    },
  };
}

/** What a rule works with; a scalar is an element without labels. Throws `QUERY_FAILED` for what is neither. */
export function elementsOf(answer: QueryResult): readonly VectorSample[] {
  if (answer.type === "vector") return answer.samples;
  if (answer.type === "scalar") return [{ labels: {}, timestampMs: answer.timestampMs, value: answer.value }];
  throw new ChainPulseError("QUERY_FAILED", "rule result is not a vector or scalar");
}
