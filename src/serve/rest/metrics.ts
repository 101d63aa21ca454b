/** `GET …/metrics`: the latest value of everything by declared view, or declared metrics over a range. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { metricNameLabel } from "../../core/labels.ts";
import type { Metric, Rollup } from "../../core/metric.ts";
import { select } from "../../core/promql-text.ts";
import type { ViewGroup } from "../../core/view.ts";
import type { ServeContext } from "../context.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { readViews } from "../views/view-values.ts";
import { queryGrid } from "./history.ts";
import { labels, nodeParams, requireNode, tag } from "./shapes.ts";
import { durationText, type Grid, gridOf, maxPoints, parseDuration, parseTime, timeText } from "./time-range.ts";
import { viewJson, viewSchema } from "./view-json.ts";

const query = z.strictObject({
  time: timeText.optional().meta({ description: "Instant of the values; default: the newest tick." }),
  from: timeText.optional(),
  to: timeText.optional().meta({ description: "Default: now." }),
  step: durationText.optional(),
  metrics: z.string().max(8192).optional().meta({ description: "Names, dotted or Prometheus, by comma; or `*`, the default." }),
  maxPoints: maxPoints.optional(),
});

const history = z.object({
  node: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  stepMs: z.number(),
  aggregation: z.enum(["last", "rollup"]).meta({
    description: "`last`: the newest sample at each point; `rollup`: the samples of a step folded as the metric declares.",
  }),
  series: z.array(
    z.object({
      metric: z.string(),
      prometheusName: z.string(),
      unit: z.string(),
      aggregation: z.enum(["last", "mean", "max", "min", "sum"]),
      labels,
      points: z.array(z.tuple([z.number(), z.number().nullable()])),
    }),
  ),
  warnings: z.array(z.string()).meta({ description: "What to know of the values: damaged files, tiers that answered." }),
});

/** `groups`: the views whose shape the answer has. */
export function metricsRoutes(groups: readonly ViewGroup[]): readonly Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/api/v1/performance/nodes/:nodeId/metrics",
      access: "read",
      tag,
      summary: "Without `from`: the value of every declared view at one instant. With it: declared metrics over a range.",
      params: nodeParams,
      query,
      answer: { status: 200, schema: z.union([viewSchema(groups), history]) },
      async handle(context, { params, query: asked, reply }) {
        requireNode(context.services, params.nodeId);
        return asked.from === undefined
          ? readInstant(context, params.nodeId, asked)
          : readHistory(context.services, { ...asked, node: params.nodeId, from: asked.from }, clientGone(reply));
      },
    }),
  ];
}

async function readInstant(
  { services, ticks, plan }: ServeContext,
  node: string,
  asked: z.output<typeof query>,
): Promise<unknown> {
  const misplaced = (["to", "step", "metrics", "maxPoints"] as const).filter((name) => asked[name] !== undefined);
  if (misplaced.length > 0) throw new ChainPulseError("BAD_REQUEST", `${misplaced.join(", ")} without from`);
  const time = asked.time === undefined ? {} : { timeMs: parseTime(asked.time, services.clock.nowMs()) };
  return viewJson(await readViews(services, ticks, plan, { ...time, node }));
}

async function readHistory(
  services: Services,
  asked: z.output<typeof query> & { readonly node: string; readonly from: string },
  signal: AbortSignal,
): Promise<z.output<typeof history>> {
  if (asked.time !== undefined) throw new ChainPulseError("BAD_REQUEST", "time and from exclude each other");
  const nowMs = services.clock.nowMs();
  const { sampling_interval_ms: samplingIntervalMs } = services.config();
  const grid = gridOf({
    fromMs: parseTime(asked.from, nowMs),
    toMs: parseTime(asked.to ?? "now", nowMs),
    stepMs: asked.step === undefined ? undefined : parseDuration(asked.step),
    maxPoints: asked.maxPoints,
    samplingIntervalMs,
  });
  const fine = grid.stepMs <= 2 * samplingIntervalMs;
  const metrics = chooseMetrics(services, asked.metrics ?? "*");
  const results = await queryGrid(
    services,
    metrics.map((metric) => rollupExpr(metric, fine, grid)),
    grid,
    { node: asked.node, signal },
  );
  const failed = results.find((result) => result.error !== undefined)?.error;
  if (failed !== undefined) throw new ChainPulseError(failed.code, failed.detail);
  return {
    node: asked.node,
    fromMs: grid.startMs,
    toMs: grid.endMs,
    stepMs: grid.stepMs,
    aggregation: fine ? "last" : "rollup",
    series: metrics.flatMap((metric, index) =>
      (results[index]?.series ?? []).map(({ labels: { [metricNameLabel]: _, ...others }, values }) => ({
        metric: metric.name,
        prometheusName: metric.prometheusName,
        unit: metric.unit,
        aggregation: fine ? "last" : metric.rollup,
        labels: others,
        points: values.map((value, point): [number, number | null] => [grid.startMs + point * grid.stepMs, value]),
      })),
    ),
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
  };
}

/** Declared metrics by dotted or Prometheus name. Errors: `BAD_REQUEST` naming what is unknown. */
function chooseMetrics(services: Services, names: string): readonly Metric[] {
  const declared = services.domains.flatMap((domain) => Object.values<Metric>(domain.metrics));
  if (names.trim() === "*") return declared;
  const wanted = names.split(",").map((name) => name.trim());
  const chosen = wanted.map((name) => declared.find((metric) => metric.name === name || metric.prometheusName === name));
  const unknown = wanted.filter((_, index) => chosen[index] === undefined);
  if (unknown.length > 0) {
    throw new ChainPulseError("BAD_REQUEST", `no metric is called ${unknown.join(", ").slice(0, 500)}`, {
      fix: "GET /api/v1/performance/declarations lists all of them.",
    });
  }
  return chosen.filter((metric) => metric !== undefined);
}

const overTime = { mean: "avg", max: "max", min: "min", sum: "sum", last: "last" } as const satisfies Record<Rollup, string>;

function rollupExpr(metric: Metric, fine: boolean, grid: Grid): string {
  return fine ? select(metric) : `${overTime[metric.rollup]}_over_time(${select(metric)}[${grid.stepMs}ms])`;
}
