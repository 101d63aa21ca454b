/** `chainpulse query`: one PromQL expression, answered by the running server. */
import { z } from "zod";
import { ChainPulseError } from "../core/errors.ts";
import { formatLabels } from "../core/labels.ts";
import { escapeText } from "../io/log-format.ts";
import { defineCommand, exitCodes } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { configOption, jsonOption, tokenFileOption, urlOption } from "./options.ts";
import { formatTable, printJson, sparkline } from "./output.ts";
import { openServer } from "./server-access.ts";

/** Points of a range query: as many characters as a sparkline has in a terminal of 80 columns beside a name. */
const points = 40;

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);
/** The answer's data. Source: Prometheus documentation, "HTTP API", expression query result formats. */
const dataSchema = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("scalar"), result: point }),
  z.object({ resultType: z.literal("string"), result: point }),
  z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labels, value: point })) }),
  z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ metric: labels, values: z.array(point) })) }),
]);
const answerSchema = z.object({
  data: dataSchema,
  warnings: z.array(z.string()).default([]),
  infos: z.array(z.string()).default([]),
});

type QueryData = z.infer<typeof dataSchema>;

export const query = defineCommand({
  name: "query",
  summary: "Ask the running server a PromQL question.",
  examples: [
    { command: `chainpulse query 'count({__name__!=""})'`, help: "How many series there are now" },
    { command: `chainpulse query --range 15m 'count({__name__!=""})'`, help: "A line of the last 15 minutes" },
    { command: `chainpulse query --json 'count({__name__!=""})'`, help: "The server's answer as it is" },
  ],
  arguments: [{ name: "PROMQL", help: "the expression, quoted for the shell" }],
  options: {
    range: { type: "string", value: "TIME", help: "Ask for the last 30s, 15m, 12h, 7d … instead of now." },
    url: urlOption,
    config: configOption,
    "token-file": tokenFileOption,
    json: jsonOption,
  },
  run: async (context, options, [expression = ""]) => {
    const range = options.range === undefined ? null : rangeOf(parseDuration("--range", options.range), Date.now());
    const server = await openServer(context, options);
    const answer =
      range === null
        ? await server.get("/api/v1/query", { query: expression })
        : await server.get("/api/v1/query_range", {
            query: expression,
            start: String(range.startSeconds),
            end: String(range.endSeconds),
            step: String(range.stepSeconds),
          });
    if (options.json === true) {
      printJson(context.stdout, answer);
      return exitCodes.ok;
    }
    const parsed = answerSchema.safeParse(answer);
    if (!parsed.success)
      throw new ChainPulseError("UNAVAILABLE", `${server.url.origin} gave an answer that is no query result`);
    const { data, warnings, infos } = parsed.data;
    for (const message of [...warnings, ...infos]) context.stderr.write(`${escapeText(message)}\n`);
    context.stdout.write(formatData(data, range));
    return exitCodes.ok;
  },
});

/** The grid of a range query, in whole milliseconds. */
interface Range {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

function rangeOf(durationMs: number, nowMs: number): Range {
  const stepMs = Math.ceil(durationMs / (points - 1));
  return { startSeconds: (nowMs - (points - 1) * stepMs) / 1000, endSeconds: nowMs / 1000, stepSeconds: stepMs / 1000 };
}

/** A table for people: the values of now, or one sparkline per series with its smallest, largest and last value. */
export function formatData(data: QueryData, range: Range | null): string {
  if (data.resultType === "scalar" || data.resultType === "string") return `${escapeText(data.result[1])}\n`;
  if (data.result.length === 0) return "no series\n";
  if (data.resultType === "vector") {
    return formatTable([["SERIES", "VALUE"], ...data.result.map(({ metric, value }) => [formatLabels(metric), value[1]])]);
  }
  const rows = data.result.map(({ metric, values }) => [formatLabels(metric), ...summaryOf(values, range)]);
  return formatTable([["SERIES", "MIN", "MAX", "LAST", ""], ...rows]);
}

/** Smallest, largest and last value, and the line: a point that is missing or no finite number is a gap in it. */
function summaryOf(samples: readonly (readonly [number, string])[], range: Range | null): readonly string[] {
  const finite = samples.map(([, value]) => Number(value)).filter(Number.isFinite);
  const text = (value: number): string => (finite.length === 0 ? "" : String(Number(value.toPrecision(6))));
  return [text(Math.min(...finite)), text(Math.max(...finite)), samples.at(-1)?.[1] ?? "", lineOf(samples, range)];
}

/** A range selector as an instant query has samples without a grid: no line for those. */
function lineOf(samples: readonly (readonly [number, string])[], range: Range | null): string {
  if (range === null) return "";
  const line: (number | null)[] = Array.from({ length: points }, () => null);
  for (const [seconds, value] of samples) {
    const index = Math.round((seconds - range.startSeconds) / range.stepSeconds);
    if (Number.isFinite(Number(value))) line[index] = Number(value);
  }
  return sparkline(line);
}
