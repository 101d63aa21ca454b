/**
 * Who has how many series, as the engine tells it: Prometheus and VictoriaMetrics give the same lists, and call the sums differently.
 * Source: Prometheus web/api/v1/api.go, `serveTSDBStatus`; VictoriaMetrics lib/storage, TSDBStatus.
 */
import { z } from "zod";
import type { Cardinality, CountOf } from "../../core/storage.ts";
import { parseAs } from "./engine-answer.ts";

const counts = z.array(z.object({ name: z.string(), value: z.number().optional(), count: z.number().optional() })).nullish();

const answer = z.object({
  data: z.object({
    headStats: z.object({ numSeries: z.number(), numLabelPairs: z.number().optional() }).optional(),
    totalSeries: z.number().optional(),
    totalLabelValuePairs: z.number().optional(),
    seriesCountByMetricName: counts,
    labelValueCountByLabelName: counts,
    memoryInBytesByLabelName: counts,
    seriesCountByLabelValuePair: counts,
  }),
});

export function parseCardinality(body: Buffer): Cardinality {
  const { data } = parseAs(answer, body);
  const pairs = listOf(data.seriesCountByLabelValuePair);
  return {
    series: data.headStats?.numSeries ?? data.totalSeries ?? 0,
    labelPairs: data.headStats?.numLabelPairs ?? data.totalLabelValuePairs ?? 0,
    seriesByMetric: listOf(data.seriesCountByMetricName),
    valuesByLabel: listOf(data.labelValueCountByLabelName),
    bytesByLabel: listOf(data.memoryInBytesByLabelName),
    seriesByPair: pairs,
    // The engine does not know what a node is; where the pairs with most series name nodes, they are these.
    seriesByNode: pairs.flatMap(({ name, count }) => (name.startsWith("node=") ? [{ name: name.slice(5), count }] : [])),
  };
}

function listOf(list: z.output<typeof counts>): readonly CountOf[] {
  return (list ?? []).map(({ name, value, count }) => ({ name, count: value ?? count ?? 0 }));
}
