/** Reading a running ChainPulse from outside, as its clients do. */
import assert from "node:assert/strict";
import type { Metric } from "../../../src/core/metric.ts";

export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, `${url}: ${answer.status}`);
  // The test that names the type checks the fields that it uses.
  return (await answer.json()) as T;
}

export async function postJson<T>(url: string, body: unknown): Promise<T> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as T; // As above.
}

export interface ScrapedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of one metric in an exposition. Label values with quotes or backslashes do not occur in what these tests read. */
export function samplesOf(exposition: string, metric: Metric): readonly ScrapedSample[] {
  const lines = exposition.split("\n").filter((line) => line.startsWith(`${metric.prometheusName}{`));
  return lines.map((line) => {
    const end = line.lastIndexOf("}");
    const labels = [...line.slice(0, end).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name ?? "", value ?? ""]);
    return { labels: Object.fromEntries(labels), value: Number(line.slice(end + 1)) };
  });
}

export interface ScrapePair {
  readonly before: readonly ScrapedSample[];
  readonly after: readonly ScrapedSample[];
  /** The later tick's time. */
  readonly timeMs: number;
}

/** One metric in `/metrics` at two consecutive whole-second ticks. */
export async function scrapePair(origin: string, metric: Metric): Promise<ScrapePair> {
  let last: { readonly timeMs: number; readonly samples: readonly ScrapedSample[] } | null = null;
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await fetch(`${origin}/metrics`);
    const timeMs = Number(answer.headers.get("x-chainpulse-timestamp-ms"));
    const samples = samplesOf(await answer.text(), metric);
    if (last !== null && timeMs - last.timeMs === 1000) {
      return { before: last.samples, after: samples, timeMs };
    }
    if (last === null || timeMs !== last.timeMs) last = { timeMs, samples };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail("no two consecutive ticks were seen");
}
