import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type LabelMatcher, type Labels, labelsKey, labelValue } from "../../core/labels.ts";
import { defineMetrics } from "../../core/metric.ts";
import { compileMatcher } from "../../store/catalog/matcher.ts";
import { isStale } from "../eval/stale.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { withTiers } from "../promqltest/tiered-reader.test-support.ts";
import { createQueryService } from "../service.ts";
import { readAliasName } from "./alias-name.ts";
import { aliasRulesOf } from "./alias-rules.ts";
import { withAliases } from "./aliased-reader.ts";
import { theirLabels } from "./translate.ts";

const metrics = defineMetrics({
  time: {
    name: "own.cpu.time",
    kind: "counter",
    unit: "s",
    help: "Time.",
    labels: { core: null, mode: ["user", "interrupt", "guest"] },
    aliases: [
      { name: "ext_cpu_total", labels: { core: "cpu", mode: "mode" }, values: { mode: { interrupt: "irq" } } },
      { name: "ext_guest_total", labels: { core: "cpu" }, where: { mode: "guest" } },
    ],
  },
  events: {
    name: "own.events",
    kind: "counter",
    unit: "{event}",
    help: "Events.",
    labels: { protocol: null, event: null },
    aliases: [{ name: "ext_{protocol}_{event}_total" }],
  },
  pages: {
    name: "own.pages",
    kind: "gauge",
    unit: "By",
    help: "Pages.",
    labels: { numa: null },
    aliases: [{ name: "ext_pages", labels: { numa: "node" }, scale: 1 / 4096 }],
  },
});
const rules = aliasRulesOf(Object.values(metrics));
const names = {
  time: metrics.time.prometheusName,
  events: metrics.events.prometheusName,
  pages: metrics.pages.prometheusName,
};

/** Two nodes, all their series with one sample at 1 s and one at 2 s. */
const stored: readonly Labels[] = ["a", "b"].flatMap((node): Labels[] => [
  ...["user", "interrupt", "guest"].map((mode) => ({ __name__: names.time, core: "0", mode, node })),
  { __name__: names.events, event: "In_Errs", node, protocol: "Tcp" },
  { __name__: names.events, event: "Errs", node, protocol: "Tcp_In" },
  { __name__: names.events, event: "Drops", node, protocol: "Udp" },
  { __name__: names.pages, node, numa: "1" },
]);

function reader(more: readonly Labels[] = []) {
  const memory = createMemoryReader();
  for (const labels of [...stored, ...more]) {
    memory.add(labels, 1000, 4096);
    memory.add(labels, 2000, 8192);
  }
  return { memory, aliased: withAliases(memory, rules) };
}

describe("selecting by another exporter's names", () => {
  // When these fail, dashboards and rules made for another exporter are empty, or show wrong series.
  test("labels are theirs, with job and instance", () => {
    const { aliased } = reader();
    const labelsOf = (...matchers: readonly LabelMatcher[]): readonly Labels[] => aliased.series(matchers, 0, 5000);
    const named = (value: string): LabelMatcher => ({ name: "__name__", operator: "=", value });
    assert.deepEqual(labelsOf(named("ext_cpu_total"), { name: "mode", operator: "=", value: "irq" }), [
      { __name__: "ext_cpu_total", cpu: "0", instance: "a", job: "ext", mode: "irq", node: "a" },
      { __name__: "ext_cpu_total", cpu: "0", instance: "b", job: "ext", mode: "irq", node: "b" },
    ]);
    assert.deepEqual(labelsOf(named("ext_cpu_total"), { name: "mode", operator: "=", value: "interrupt" }), []);
    assert.deepEqual(labelsOf(named("ext_guest_total"), { name: "instance", operator: "=~", value: "b|c" }), [
      { __name__: "ext_guest_total", cpu: "0", instance: "b", job: "ext", node: "b" },
    ]);
    // The exporter's own label of this name goes before ours.
    assert.deepEqual(
      labelsOf(
        named("ext_pages"),
        { name: "node", operator: "=", value: "1" },
        { name: "instance", operator: "=", value: "a" },
      ),
      [{ __name__: "ext_pages", instance: "a", job: "ext", node: "1" }],
    );
    assert.deepEqual(labelsOf(named("ext_pages"), { name: "job", operator: "!=", value: "ext" }), []);
    assert.deepEqual(labelsOf(named("ext_pages"), { name: "mode", operator: "!=", value: "" }), []);
  });

  test("every selector gives what filtering all aliased series gives", () => {
    const { memory, aliased } = reader();
    const all = memory
      .series([], 0, 5000)
      .flatMap((ours) =>
        rules
          .filter(
            ({ metric, where }) =>
              metric === ours["__name__"] && Object.entries(where).every(([name, value]) => ours[name] === value),
          )
          .map((rule) => theirLabels(rule, ours)),
      );
    const name = fc.constantFrom(
      "ext_cpu_total",
      "ext_guest_total",
      "ext_Tcp_In_Errs_total",
      "ext_Udp_Drops_total",
      "ext_pages",
      "ext_none",
    );
    const pattern = fc.constantFrom("ext_.*", "ext_(cpu|guest)_total", "ext_Tcp_.+", "(?:ext_pages|other)");
    const nameMatcher = fc.oneof(
      name.map((value): LabelMatcher => ({ name: "__name__", operator: "=", value })),
      pattern.map((value): LabelMatcher => ({ name: "__name__", operator: "=~", value })),
    );
    const matcher: fc.Arbitrary<LabelMatcher> = fc.record({
      name: fc.constantFrom("cpu", "mode", "node", "instance", "job", "none"),
      operator: fc.constantFrom("=", "!=", "=~", "!~"),
      value: fc.constantFrom("", "0", "irq", "interrupt", "user", "a", "b", "1", "ext", ".*", "irq|user", "a|1"),
    });
    fc.assert(
      fc.property(nameMatcher, fc.array(matcher, { maxLength: 3 }), (first, more) => {
        const matchers = [first, ...more];
        const compiled = matchers.map(compileMatcher);
        const wanted = all.filter((labels) => compiled.every((one) => one.matches(labelValue(labels, one.name))));
        const keys = (sets: readonly Labels[]): readonly string[] => sets.map(labelsKey).sort();
        // Two series of ours may come to one of theirs; it is there once.
        const distinct = [...new Map(wanted.map((labels) => [labelsKey(labels), labels])).values()];
        assert.deepEqual(keys(aliased.series(matchers, 0, 5000)), keys(distinct));
        assert.deepEqual(keys(aliased.select(matchers, 0, 5000).map(({ labels }) => labels)), keys(distinct));
      }),
    );
  });

  test("other selectors get what is stored, once", () => {
    const { memory, aliased } = reader();
    for (const value of [".+", "own_.*", ".*total", `${names.time}|ext_pages`]) {
      const matchers: readonly LabelMatcher[] = [{ name: "__name__", operator: "=~", value }];
      assert.deepEqual(aliased.select(matchers, 0, 5000), memory.select(matchers, 0, 5000));
    }
    assert.deepEqual(aliased.series([], 0, 5000), memory.series([], 0, 5000));
    assert.equal(withAliases(memory, []), memory);
  });

  test("what is stored under such a name goes first", () => {
    const scraped = { __name__: "ext_pages", instance: "c:9100", job: "ext", node: "1" };
    const same = { __name__: "ext_pages", instance: "a", job: "ext", node: "1" };
    const { aliased } = reader([scraped, same]);
    const found = aliased.select([{ name: "__name__", operator: "=", value: "ext_pages" }], 0, 5000);
    assert.deepEqual(
      found.map(({ labels, values }) => [labels["instance"], values[0]]),
      [
        ["c:9100", 4096],
        ["a", 4096],
        ["b", 1],
      ],
    );
  });

  test("values are in their unit, and the stale marker stays one", () => {
    const { memory, aliased } = reader();
    memory.add({ __name__: names.pages, node: "a", numa: "1" }, 3000, "stale");
    const [samples] = aliased.select(
      [
        { name: "__name__", operator: "=", value: "ext_pages" },
        { name: "instance", operator: "=", value: "a" },
      ],
      0,
      5000,
    );
    assert.deepEqual(samples?.values.slice(0, 2), Float64Array.of(1, 2));
    assert.ok(samples && isStale(samples.values, 2));
  });

  test("each series has a number of its own, the same in samples and summaries", () => {
    const { aliased } = reader();
    const matchers: readonly LabelMatcher[] = [{ name: "__name__", operator: "=~", value: "ext_.*" }];
    const samples = aliased.select(matchers, 0, 60_000);
    const summaries = [...aliased.summaries(matchers, 0, 60_000, 60_000)];
    assert.equal(new Set(samples.map(({ ref }) => ref)).size, samples.length);
    const numbered = (of: readonly { readonly ref: number; readonly labels: Labels }[]) =>
      of.map(({ ref, labels }) => [ref, labels]);
    assert.deepEqual(numbered(summaries), numbered(samples));
    const pages = summaries.find(({ labels }) => labels["__name__"] === "ext_pages");
    assert.deepEqual([pages?.sum[0], pages?.min[0], pages?.max[0], pages?.first[0], pages?.last[0]], [3, 1, 2, 1, 2]);
  });

  test("where only a tier is left, the figures are those of our own name in the other unit, bit by bit", () => {
    // Powers of two scale without rounding, so nothing but equality is right.
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1, maxLength: 300 }), (values) => {
        const memory = createMemoryReader();
        const labels = { __name__: names.pages, node: "a", numa: "1" };
        for (const [index, value] of values.entries()) memory.add(labels, (index + 1) * 20_000, value);
        const tiered = withTiers(memory, [{ stepMs: 60_000, untilMs: 3_600_000 }]);
        const service = createQueryService(withAliases(tiered, rules));
        for (const name of [
          "sum_over_time",
          "avg_over_time",
          "min_over_time",
          "max_over_time",
          "last_over_time",
          "rate",
          "delta",
        ]) {
          const ours = service.instant(`${name}(${names.pages}[30m]) / 4096`, 3_600_000);
          const theirs = service.instant(`${name}(ext_pages[30m])`, 3_600_000);
          assert.ok(ours.type === "vector" && theirs.type === "vector");
          assert.deepEqual(
            theirs.samples.map(({ value }) => value),
            ours.samples.map(({ value }) => value),
            name,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  test("names and label values are offered", () => {
    const { aliased } = reader();
    assert.deepEqual(aliased.labelValues("__name__", [], 0, 5000), [
      "ext_Tcp_In_Errs_total",
      "ext_Udp_Drops_total",
      "ext_cpu_total",
      "ext_guest_total",
      "ext_pages",
      ...Object.values(names).sort(),
    ]);
    const cpu: readonly LabelMatcher[] = [{ name: "__name__", operator: "=", value: "ext_cpu_total" }];
    assert.deepEqual(aliased.labelValues("mode", cpu, 0, 5000), ["guest", "irq", "user"]);
    assert.deepEqual(aliased.labelNames(cpu, 0, 5000), ["__name__", "cpu", "instance", "job", "mode", "node"]);
    assert.deepEqual(aliased.labelValues("__name__", [{ name: "mode", operator: "=", value: "irq" }], 0, 5000), [
      "ext_cpu_total",
    ]);
  });

  test("the engine sees no difference", () => {
    const { aliased } = reader();
    const result = createQueryService(aliased).instant('sum by (instance) (rate(ext_cpu_total{mode!="guest"}[2s]))', 2000);
    assert.ok(result.type === "vector");
    assert.deepEqual(
      result.samples.map(({ labels, value }) => [labels, value]),
      [
        [{ instance: "a" }, 8192],
        [{ instance: "b" }, 8192],
      ],
    );
  });
});

test("a name is read in every way that it could have been written", () => {
  // If this fails, a family of counters is not found by its names.
  const [rule] = rules.filter(({ nameLabels }) => nameLabels.length === 2);
  assert.ok(rule);
  assert.deepEqual(readAliasName(rule, "ext_Tcp_In_Errs_total"), [
    ["Tcp", "In_Errs"],
    ["Tcp_In", "Errs"],
  ]);
  for (const other of ["ext_Tcp_total", "ext__Errs_total", "ext_Tcp_Errs", "Tcp_Errs_total"])
    assert.deepEqual(readAliasName(rule, other), []);
});
