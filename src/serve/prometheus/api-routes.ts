/**
 * The Prometheus HTTP API, as Grafana's data source and promtool call it: GET, or POST with a form.
 * Source: prometheus/docs querying/api.md; what Grafana sends: grafana pkg/promlib/client/client.go.
 */
import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { LabelMatcher } from "../../core/labels.ts";
import type { QueryResult } from "../../query/api.ts";
import type { ServeContext } from "../context.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { parseDuration, parseTime, pointsMax, timeText } from "../rest/time-range.ts";
import { type Success, success } from "./envelope.ts";
import { resultText } from "./result-text.ts";
import { tsdbStatusRoute } from "./tsdb-status-route.ts";

const tag = "Prometheus HTTP API";

const answer = {
  status: 200,
  schema: z.object({
    status: z.literal("success"),
    data: z.unknown(),
    warnings: z.array(z.string()).optional(),
    infos: z.array(z.string()).optional(),
  }),
} as const;

const expr = z.string().min(1).max(65_536);
const limit = z.coerce.number().int().min(0).max(1_000_000).optional();
/** A repeatable parameter: one string or many. */
const selectors = z
  .union([
    z
      .string()
      .max(8192)
      .transform((one) => [one]),
    z.array(z.string().max(8192)).max(32),
  ])
  .optional();

const queryInput = z.object({ query: expr, time: timeText.optional() });
const rangeInput = z.object({ query: expr, start: timeText, end: timeText, step: z.string().max(32) });
const seriesInput = z.object({ "match[]": selectors, start: timeText.optional(), end: timeText.optional(), limit });

type Run<I> = (context: ServeContext, input: I, reply: FastifyReply) => Promise<Success | Readable>;

/** The body of a query's answer, which may be too large to be written in one go. */
function answerOf(result: QueryResult, reply: FastifyReply): Readable {
  reply.type("application/json; charset=utf-8");
  return Readable.from(resultText(result));
}

/** The same call as GET with a query string and as POST with a form. */
function both<S extends z.ZodType>(path: string, summary: string, schema: S, run: Run<z.output<S>>): readonly Route[] {
  const common = { path, access: "read", tag, summary, answer, errors: "prometheus" } as const;
  return [
    defineRoute({ ...common, method: "GET", query: schema, handle: (context, { query, reply }) => run(context, query, reply) }),
    defineRoute({
      ...common,
      method: "POST",
      body: schema,
      form: true,
      handle: (context, { body, reply }) => run(context, body, reply),
    }),
  ];
}

const runQuery: Run<z.output<typeof queryInput>> = async ({ services }, { query, time }, reply) => {
  const nowMs = services.clock.nowMs();
  const result = await services.query.instant(query, time === undefined ? nowMs : parseTime(time, nowMs));
  return answerOf(result, reply);
};

const runRange: Run<z.output<typeof rangeInput>> = async ({ services }, { query, start, end, step }, reply) => {
  const nowMs = services.clock.nowMs();
  const [startMs, endMs, stepMs] = [parseTime(start, nowMs), parseTime(end, nowMs), parseDuration(step)];
  if (endMs < startMs) throw new ChainPulseError("BAD_REQUEST", "end is before start");
  if ((endMs - startMs) / stepMs > pointsMax) {
    throw new ChainPulseError("BAD_REQUEST", `exceeded maximum resolution of ${pointsMax} points per timeseries`, {
      fix: "Ask for a longer step.",
    });
  }
  const result = await services.query.range(query, startMs, endMs, stepMs);
  return answerOf(result, reply);
};

/** Matchers and range of a series request; without a range all that is stored, as Prometheus does. */
async function readSeriesInput(
  { services }: ServeContext,
  input: z.output<typeof seriesInput>,
): Promise<readonly [readonly (readonly LabelMatcher[])[], number, number]> {
  const nowMs = services.clock.nowMs();
  const matchers = await Promise.all((input["match[]"] ?? []).map((selector) => services.query.parseSelector(selector)));
  return [matchers, parseTime(input.start ?? "0", nowMs), parseTime(input.end ?? "now", nowMs)];
}

/** At most `wanted` items (0 and nothing: all), with Prometheus's warning when some were left out. */
function limited(items: readonly unknown[], wanted: number | undefined): Success {
  const cut = wanted !== undefined && wanted > 0 && items.length > wanted;
  return success(cut ? items.slice(0, wanted) : items, { warnings: cut ? ["results truncated due to limit"] : [] });
}

/** Label sets in one answer; Grafana asks for 40,000. */
const seriesMax = 100_000;

const runSeries: Run<z.output<typeof seriesInput>> = async (context, input) => {
  if (input["match[]"] === undefined) throw new ChainPulseError("BAD_REQUEST", "no match[] parameter provided");
  const [matchers, startMs, endMs] = await readSeriesInput(context, input);
  const wanted = Math.min(input.limit || seriesMax, seriesMax);
  // One more than wanted shows that some were left out.
  return limited(await context.services.query.series(matchers, startMs, endMs, wanted + 1), wanted);
};

const runLabels: Run<z.output<typeof seriesInput>> = async (context, input) =>
  limited(await context.services.query.labelNames(...(await readSeriesInput(context, input))), input.limit);

export const prometheusRoutes: readonly Route[] = [
  ...both("/api/v1/query", "Evaluates an expression at one time.", queryInput, runQuery),
  ...both("/api/v1/query_range", "Evaluates an expression over a range.", rangeInput, runRange),
  ...both("/api/v1/series", "Label sets that match.", seriesInput, runSeries),
  ...both("/api/v1/labels", "Names of labels.", seriesInput, runLabels),
  defineRoute({
    method: "GET",
    path: "/api/v1/label/:name/values",
    access: "read",
    tag,
    summary: "Values of one label.",
    errors: "prometheus",
    params: z.object({ name: z.string().min(1).max(256) }),
    query: seriesInput,
    answer,
    async handle(context, { params, query }) {
      const input = await readSeriesInput(context, query);
      return limited(await context.services.query.labelValues(params.name, ...input), query.limit);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/metadata",
    access: "read",
    tag,
    summary: "Type, help and unit of metrics.",
    errors: "prometheus",
    query: z.object({ metric: z.string().max(256).optional(), limit }),
    answer,
    handle({ services }, { query }) {
      const metrics = services.domains.flatMap((domain) => Object.values(domain.metrics));
      const wanted = metrics.filter(({ prometheusName }) => query.metric === undefined || prometheusName === query.metric);
      const entries = wanted.map(({ prometheusName, kind, help, unit }) => [
        prometheusName,
        [{ type: kind === "counter" ? "counter" : "gauge", help, unit }],
      ]);
      return success(Object.fromEntries(entries.slice(0, query.limit || entries.length)));
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/status/buildinfo",
    access: "read",
    tag,
    summary: "Version of this server.",
    errors: "prometheus",
    answer,
    // No `features`: with them Grafana takes the server for Mimir and offers a ruler (heuristics.go).
    handle: ({ services }) =>
      success({ version: services.version, revision: "", branch: "", buildUser: "", buildDate: "", goVersion: "" }),
  }),
  tsdbStatusRoute,
];
