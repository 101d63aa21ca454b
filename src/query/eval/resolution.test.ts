/** Queries that reach beyond raw retention: hours of the 1h tier, then hours of the 1m tier, then raw samples. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleReader } from "../../core/storage.ts";
import type { QueryResult } from "../api.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { withTiers } from "../promqltest/tiered-reader.test-support.ts";
import { createQueryService } from "../service.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const hoursUntilMs = 10 * hourMs;
const rawFromMs = 12 * hourMs;
const endMs = 14 * hourMs;

/** A counter that grows by 3 each 10 s, and a gauge of 0.1 steps. */
function filled(): SampleReader {
  const reader = createMemoryReader();
  for (let timeMs = 10_000; timeMs <= endMs; timeMs += 10_000) {
    reader.add({ __name__: "m_total" }, timeMs, (timeMs / 10_000) * 3);
    reader.add({ __name__: "gauge" }, timeMs, (timeMs / 10_000) % 7 === 0 ? 0.7 : 0.1);
  }
  return reader;
}

const tiered = (): SampleReader =>
  withTiers(filled(), [
    { stepMs: hourMs, untilMs: hoursUntilMs },
    { stepMs: minuteMs, untilMs: rawFromMs },
  ]);

function range(reader: SampleReader, expr: string, fromMs: number, toMs: number, stepMs: number): QueryResult {
  return createQueryService(reader).range(expr, fromMs, toMs, stepMs);
}

/** Time in minutes → value, of the one series. */
function points(result: QueryResult): ReadonlyMap<number, number> {
  assert.ok(result.type === "matrix");
  assert.ok(result.series.length <= 1);
  const [series] = result.series;
  return new Map(Array.from(series?.timestampsMs ?? [], (timeMs, i) => [timeMs / minuteMs, series?.values[i] ?? Number.NaN]));
}

const info = (tier: string, least: string): string =>
  `PromQL info: computed from the ${tier} tier, because raw samples are gone there; look-back and ranges are at least ${least}`;

// When this fails, a chart ends where raw samples do, although the tiers have years.
test("an instant selector looks back two windows where a tier answers, and says so", () => {
  const result = range(tiered(), "gauge", hourMs, endMs, 7 * minuteMs);
  const found = points(result);
  const steps = Math.floor((endMs - hourMs) / (7 * minuteMs)) + 1;
  assert.equal(found.size, steps, "every step has a value");
  assert.deepEqual(result.infos, [info("1h", "2h"), info("1m", "2m")]);
  assert.deepEqual(result.warnings, []);
  // Steps over raw samples are what they were.
  const raw = points(range(filled(), "gauge", rawFromMs + 7 * minuteMs, endMs, 7 * minuteMs));
  for (const [minute, value] of points(range(tiered(), "gauge", rawFromMs + 7 * minuteMs, endMs, 7 * minuteMs)))
    assert.equal(value, raw.get(minute));
});

test("an answer from raw samples alone carries no note", () => {
  // Wrong: users are told that an exact number is not exact.
  const exprs = ["gauge", "rate(m_total[5m])", "stddev_over_time(gauge[1m])", "max_over_time(gauge[5m])"];
  for (const expr of exprs) {
    const [found, wanted] = [tiered(), filled()].map((reader) => range(reader, expr, rawFromMs + 10 * minuteMs, endMs, 60_000));
    assert.deepEqual(found, wanted, expr);
    assert.deepEqual(found?.infos, [], expr);
  }
});

// When this fails, a rate over old data is empty or wrong, or the exact one beside it is widened too.
test("a rate is that of the tier's windows where raw samples are gone, and exact after them", () => {
  const result = range(tiered(), "rate(m_total[1m])", 3 * hourMs, endMs, 20 * minuteMs);
  const exact = points(range(filled(), "rate(m_total[1m])", 3 * hourMs, endMs, 20 * minuteMs));
  for (const [minute, value] of points(result)) {
    if (minute * minuteMs - minuteMs >= rawFromMs) assert.equal(value, exact.get(minute), `minute ${minute}`);
    else assert.ok(Math.abs(value - 0.3) < 1e-9, `${value} at minute ${minute}`);
  }
  assert.equal(points(result).size, exact.size);
  assert.deepEqual(result.infos, [info("1h", "2h"), info("1m", "2m")]);
});

test("functions of a range have the tier's count, sum and extremes", () => {
  // Wrong: an average of old data is that of two samples a window.
  const at = (expr: string, timeMs: number): number | undefined =>
    points(range(tiered(), expr, timeMs, timeMs, 1)).get(timeMs / minuteMs);
  // Two hours of the hour tier, up to the last full one; two minutes of the minute tier.
  assert.equal(at("count_over_time(gauge[5m])", 5.5 * hourMs), 720);
  assert.equal(at("count_over_time(gauge[1m])", 11 * hourMs), 12);
  assert.equal(at("count_over_time(gauge[90s])", 11 * hourMs + 30 * minuteMs), 12);
  assert.equal(at("max_over_time(gauge[30s])", 5 * hourMs), 0.7);
  assert.ok(Math.abs((at("avg_over_time(gauge[30s])", 5 * hourMs) ?? 0) - (0.1 + 0.6 / 7)) < 1e-3);
  assert.equal(
    at("sum_over_time(m_total[2m])", 11 * hourMs),
    Array.from({ length: 12 }, (_, i) => (3960 - i) * 3).reduce((a, b) => a + b),
  );
});

test("other functions of a range see the first and last sample of each window", () => {
  // Wrong: deriv or a quantile of old data fails, or is empty because its range is shorter than a window.
  const at = 5 * hourMs;
  assert.equal(points(range(tiered(), "changes(m_total[10m])", at, at, 1)).get(300), 3);
  const slope = points(range(tiered(), "deriv(m_total[10m])", at, at, 1)).get(300);
  assert.ok(slope !== undefined && Math.abs(slope - 0.3) < 1e-9);
  assert.equal(points(range(tiered(), "absent_over_time(m_total[30s])", at, at + hourMs, minuteMs)).size, 0);
  assert.equal(points(range(tiered(), "absent_over_time(nothing[30s])", at, at, 1)).get(300), 1);
  const instant = createQueryService(tiered()).instant("m_total[5m]", at);
  assert.ok(instant.type === "matrix");
  assert.equal(instant.series[0]?.values.length, 4);
});

test("offset, @ and subqueries look into the tiers as well", () => {
  // Wrong: comparing with last month's value gives nothing.
  const at = (expr: string): number | undefined => points(range(tiered(), expr, endMs, endMs, 1)).get(endMs / minuteMs);
  assert.ok(Math.abs((at("rate(m_total[1h] offset 9h)") ?? 0) - 0.3) < 1e-9);
  assert.equal(at("last_over_time(m_total[5m] @ 18000)"), 5400);
  assert.ok(Math.abs((at("max_over_time(rate(m_total[5m])[13h:30m])") ?? 0) - 0.3) < 1e-9);
  assert.deepEqual(range(tiered(), "gauge offset 9h", endMs, endMs, 1).infos, [info("1h", "2h")]);
});

test("what the store could not read is a warning that names file and time, once", () => {
  // Wrong: a hole in a chart looks like a quiet hour.
  const reader = filled();
  const damaged: SampleReader = {
    ...reader,
    select(matchers, startMs, toMs, observer) {
      observer?.note({ kind: "damaged", path: "/data/samples/1.db", fromMs: 0, toMs: hourMs });
      return reader.select(matchers, startMs, toMs, observer);
    },
  };
  const { warnings, infos } = createQueryService(damaged).instant("gauge + m_total", hourMs);
  const text =
    "samples from 1970-01-01T00:00:00.000Z to 1970-01-01T01:00:00.000Z cannot be read: /data/samples/1.db is damaged";
  assert.deepEqual({ warnings, infos }, { warnings: [`PromQL warning: ${text}`], infos: [] });
});
