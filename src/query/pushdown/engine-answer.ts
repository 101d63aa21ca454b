/**
 * Answers of Prometheus's HTTP API as the results that the rest of ChainPulse works with.
 * Source: prometheus/docs querying/api.md, "Expression query result formats".
 */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { MatrixSeries, QueryResult, VectorSample } from "../api.ts";

const labels = z.record(z.string(), z.string());
/** Seconds, and the value as text; native histograms have another field, and no value. */
const point = z.tuple([z.number(), z.string()]);
const notes = { warnings: z.array(z.string()).optional(), infos: z.array(z.string()).optional() };
const vectorSample = z.object({ metric: labels, value: point.optional() });
const matrixSeries = z.object({ metric: labels, values: z.array(point).optional() });

const queryAnswer = z.object({
  ...notes,
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("scalar"), result: point }),
    z.object({ resultType: z.literal("string"), result: point }),
    z.object({ resultType: z.literal("vector"), result: z.array(vectorSample) }),
    z.object({ resultType: z.literal("matrix"), result: z.array(matrixSeries) }),
  ]),
});

const histogramsLeftOut = "native histograms of the engine are left out here: ask for them with Prometheus's own API";

/** Throws `ENGINE_UNREACHABLE` where the body is none: what has answered is no such engine. */
export function parseQueryAnswer(body: Buffer): QueryResult {
  const { data, warnings = [], infos = [] } = parseAs(queryAnswer, body);
  const said = { warnings, infos };
  switch (data.resultType) {
    case "scalar":
      return { ...said, type: "scalar", timestampMs: msOf(data.result[0]), value: numberOf(data.result[1]) };
    case "string":
      return { ...said, type: "string", timestampMs: msOf(data.result[0]), value: data.result[1] };
    case "vector": {
      const samples = data.result.flatMap(({ metric, value }): readonly VectorSample[] =>
        value === undefined ? [] : [{ labels: metric, timestampMs: msOf(value[0]), value: numberOf(value[1]) }],
      );
      return { ...noted(said, samples.length < data.result.length), type: "vector", samples };
    }
    case "matrix": {
      const series = data.result.flatMap(({ metric, values }): readonly MatrixSeries[] => {
        if (values === undefined) return [];
        const timestampsMs = Float64Array.from(values, ([seconds]) => msOf(seconds));
        return [{ labels: metric, timestampsMs, values: Float64Array.from(values, ([, text]) => numberOf(text)) }];
      });
      return { ...noted(said, series.length < data.result.length), type: "matrix", series };
    }
  }
}

/** The `data` of an answer that is a list of texts. */
export function parseTexts(body: Buffer): readonly string[] {
  return parseAs(z.object({ data: z.array(z.string()).nullable() }), body).data ?? [];
}

/** The `data` of an answer that is a list of label sets. */
export function parseSeries(body: Buffer): readonly Readonly<Record<string, string>>[] {
  return parseAs(z.object({ data: z.array(labels).nullable() }), body).data ?? [];
}

/** Throws `ENGINE_UNREACHABLE` where the body has another shape. */
export function parseAs<T>(schema: z.ZodType<T>, body: Buffer): T {
  const parsed = schema.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  throw notAnEngine(z.prettifyError(parsed.error));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw notAnEngine(error instanceof Error ? error.message : String(error));
  }
}

function notAnEngine(reason: string): ChainPulseError {
  return new ChainPulseError("ENGINE_UNREACHABLE", `the answer is not one of Prometheus's HTTP API: ${reason}`, {
    fix: "Look whether storage.prometheus.query_url is the address of the engine's query API.",
  });
}

function noted<T extends { readonly warnings: readonly string[] }>(said: T, isIncomplete: boolean): T {
  return isIncomplete ? { ...said, warnings: [...said.warnings, histogramsLeftOut] } : said;
}

function msOf(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** Prometheus writes infinities with a sign and a short name. */
function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  return text === "-Inf" ? -Infinity : Number(text);
}
