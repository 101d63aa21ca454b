/**
 * `GET /api/v1/status/tsdb`: who has how many series, as Prometheus tells it.
 * Source: prometheus web/api/v1/api.go, `serveTSDBStatus`; docs querying/api.md, "TSDB Stats".
 */
import { z } from "zod";
import type { CountOf } from "../../core/storage.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { success } from "./envelope.ts";

const stats = z.array(z.object({ name: z.string(), value: z.number() }));
const head = z.object({
  numSeries: z.number(),
  numLabelPairs: z.number(),
  chunkCount: z.number(),
  minTime: z.number(),
  maxTime: z.number(),
});

/** Entries of each list: without `limit`, which is Prometheus's figure, and at most. */
const limitDefault = 10;
const limitMax = 10_000;

/**
 * In Prometheus the head is what is in memory; here it is everything that is stored. While nothing is, the least time is after the
 * greatest, as with Prometheus.
 */
export const tsdbStatusRoute: Route = defineRoute({
  method: "GET",
  path: "/api/v1/status/tsdb",
  access: "read",
  tag: "Prometheus HTTP API",
  summary: "Which metrics, labels and nodes have the most series.",
  errors: "prometheus",
  query: z.object({ limit: z.coerce.number().int().min(1).max(limitMax).default(limitDefault) }),
  answer: {
    status: 200,
    schema: z.object({
      status: z.literal("success"),
      data: z.object({
        headStats: head,
        seriesCountByMetricName: stats,
        labelValueCountByLabelName: stats,
        memoryInBytesByLabelName: stats,
        seriesCountByLabelValuePair: stats,
      }),
    }),
  },
  async handle({ services }, { query: { limit } }) {
    const [cardinality, { store }] = await Promise.all([services.query.cardinality(limit), services.collect.status()]);
    return success({
      headStats: {
        numSeries: cardinality.series,
        numLabelPairs: cardinality.labelPairs,
        // What waits to be sealed lies in rows of one tick each: there are no chunks of it.
        chunkCount: 0,
        minTime: store.oldestMs ?? Number.MAX_SAFE_INTEGER,
        maxTime: store.newestMs ?? Number.MIN_SAFE_INTEGER,
      },
      seriesCountByMetricName: cardinality.seriesByMetric.map(statOf),
      labelValueCountByLabelName: cardinality.valuesByLabel.map(statOf),
      memoryInBytesByLabelName: cardinality.bytesByLabel.map(statOf),
      seriesCountByLabelValuePair: cardinality.seriesByPair.map(statOf),
    });
  },
});

function statOf({ name, count }: CountOf): { readonly name: string; readonly value: number } {
  return { name, value: count };
}
