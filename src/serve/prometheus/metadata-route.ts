/**
 * Type, help and unit of metrics: of ours, of other ecosystems' names for them, and of what was received.
 * Source: web/api/v1/api.go, `metricMetadata`.
 */
import { z } from "zod";
import type { Domain } from "../../core/domain.ts";
import type { Metric } from "../../core/metric.ts";
import { aliasMetadata } from "../../query/aliases/alias-metadata.ts";
import { clientGone } from "../http/client-gone.ts";
import type { Route } from "../http/route.ts";
import { apiRoute } from "./api-route.ts";
import { success } from "./envelope.ts";
import { limitText, readLimit } from "./parameters.ts";

const entry = z.object({ type: z.string(), help: z.string(), unit: z.string() });

type Entry = z.output<typeof entry>;

/** Received metrics in one answer; the store keeps as many. */
const receivedMax = 50_000;

/** By name. */
function declaredIn(domains: readonly Domain[]): ReadonlyMap<string, Entry> {
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
  async handle({ services }, { metric, limit, limit_per_metric: perMetric }, reply) {
    const perName = readLimit(perMetric, "limit_per_metric");
    const names = readLimit(limit);
    const only = metric === undefined || metric === "" ? null : metric;
    const { metadata, warnings } = await services.telemetry.metadata(only, receivedMax, clientGone(reply));
    const byName = new Map<string, readonly Entry[]>();
    for (const [name, declared] of declaredIn(services.domains)) {
      if (only === null || name === only) byName.set(name, [declared]);
    }
    for (const { metric: name, type, help, unit } of metadata) {
      const known = byName.get(name) ?? [];
      const isNew = known.every((one) => one.type !== type || one.help !== help || one.unit !== unit);
      if (isNew) byName.set(name, [...known, { type, help, unit }]);
    }
    const wanted = [...byName].slice(0, names).map(([name, entries]) => [name, entries.slice(0, perName)] as const);
    return success(Object.fromEntries(wanted), { warnings });
  },
});
