/** Type, help and unit of metrics, those of other ecosystems included. Source: web/api/v1/api.go, `metricMetadata`. */
import { z } from "zod";
import type { Domain } from "../../core/domain.ts";
import type { Metric } from "../../core/metric.ts";
import { aliasMetadata } from "../../query/aliases/alias-metadata.ts";
import type { Route } from "../http/route.ts";
import { apiRoute } from "./api-route.ts";
import { success } from "./envelope.ts";
import { limitText, readLimit } from "./parameters.ts";

const entry = z.object({ type: z.string(), help: z.string(), unit: z.string() });

type Entry = z.output<typeof entry>;

/** By name. A name has one entry: in Prometheus targets may disagree, here there is one declaration. */
function metadataOf(domains: readonly Domain[]): ReadonlyMap<string, Entry> {
  const metrics = domains.flatMap((domain) => Object.values<Metric>(domain.metrics));
  const ours = metrics.map(({ prometheusName, kind, help, unit }): readonly [string, Entry] => [
    prometheusName,
    { type: kind === "counter" ? "counter" : "gauge", help, unit },
  ]);
  const theirs = aliasMetadata(metrics).map(({ name, ...rest }): readonly [string, Entry] => [name, rest]);
  return new Map([...theirs, ...ours]);
}

export const metadataRoute: Route = apiRoute({
  path: "/api/v1/metadata",
  summary: "Type, help and unit of metrics.",
  input: z.object({ metric: z.string().max(512).optional(), limit: limitText, limit_per_metric: limitText }),
  data: z.record(z.string(), z.array(entry)),
  handle({ services }, { metric, limit, limit_per_metric: perMetric }) {
    // There is one entry for each, which every limit lets through.
    readLimit(perMetric, "limit_per_metric");
    const all = metadataOf(services.domains);
    const only = metric === undefined || metric === "" ? null : metric;
    const wanted = [...all].filter(([name]) => only === null || name === only).slice(0, readLimit(limit));
    return success(Object.fromEntries(wanted.map(([name, one]) => [name, [one]])));
  },
});
