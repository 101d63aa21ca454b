/** Questions in Prometheus's HTTP API, which ChainPulse, Prometheus and VictoriaMetrics answer alike. */
import assert from "node:assert/strict";
import { z } from "zod";

const labels = z.record(z.string(), z.string());
const point = z.tuple([z.number(), z.string()]);

const answer = z.object({
  status: z.string(),
  error: z.string().optional(),
  data: z
    .discriminatedUnion("resultType", [
      z.object({ resultType: z.literal("scalar"), result: point }),
      z.object({ resultType: z.literal("string"), result: point }),
      z.object({ resultType: z.literal("vector"), result: z.array(z.object({ metric: labels, value: point })) }),
      z.object({ resultType: z.literal("matrix"), result: z.array(z.object({ metric: labels, values: z.array(point) })) }),
    ])
    .optional(),
});

export type Answer = z.output<typeof answer>;

export async function ask(
  origin: string,
  path: "query" | "query_range",
  parameters: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(`${origin}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
  return answer.parse(await response.json());
}

/** Elements or series of the answer; -1 where the query has failed. */
export function countOf({ status, data }: Answer): number {
  if (status !== "success" || data === undefined) return -1;
  return data.resultType === "vector" || data.resultType === "matrix" ? data.result.length : 1;
}

/** Raw samples of a range by series: time in ms → value as text. */
export async function rawSamples(
  origin: string,
  selector: string,
  endMs: number,
  rangeMs: number,
): Promise<ReadonlyMap<string, ReadonlyMap<number, string>>> {
  const { data, error } = await ask(origin, "query", {
    query: `${selector}[${rangeMs}ms]`,
    time: String(endMs / 1000),
    nocache: "1",
  });
  assert.ok(data?.resultType === "matrix", error);
  return new Map(
    data.result.map(({ metric, values }) => [
      keyOf(metric),
      new Map(values.map(([seconds, value]) => [Math.round(seconds * 1000), value])),
    ]),
  );
}

/** One text for each label set. */
export function keyOf(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metric).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
