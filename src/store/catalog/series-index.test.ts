import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { type LabelMatcher, type Labels, labelValue, type MatchOperator } from "../../core/labels.ts";
import type { Cardinality } from "../../core/storage.ts";
import { labelsOfSeries, temporaryCatalog } from "./temporary-catalog.test-support.ts";
import { noonMs } from "../ticks.test-support.ts";

const names = ["__name__", "job", "path", "é", "constructor"];
const values = ["", "a", "b", "ab", "a.b", "api_1", "api_2", "ü", "😀x", "line\nfeed"];

const labelSet: fc.Arbitrary<Labels> = fc
  .dictionary(fc.constantFrom(...names), fc.constantFrom(...values), { maxKeys: 4, noNullPrototype: true })
  .map((labels) => Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));

const matcher: fc.Arbitrary<LabelMatcher> = fc.record({
  name: fc.constantFrom(...names, "none"),
  operator: fc.constantFrom<MatchOperator>("=", "!=", "=~", "!~"),
  // As a plain text for = and !=, as a pattern for the others; all are valid as both.
  value: fc.constantFrom(
    ...values,
    ".*",
    ".+",
    "a.*",
    ".*b",
    ".+b.*",
    "a|b",
    "(a|ü|)",
    "api_[0-9]",
    "api_[0-9]|",
    "[^a]+",
    "😀.",
    "(?i)A",
  ),
});

/** The definition: a missing label is the empty text, patterns are anchored, `.` matches everything. */
function accepts({ name, operator, value }: LabelMatcher, labels: Labels): boolean {
  const text = labelValue(labels, name);
  if (operator === "=" || operator === "!=") return (text === value) === (operator === "=");
  return RE2JS.compile(value, RE2JS.DOTALL).matches(text) === (operator === "=~");
}

describe("SeriesIndex", () => {
  it("finds what a filter over all label sets finds, also after more have come and some have gone", () => {
    // Selectors would take in too much or too little, and every figure made of them would be wrong.
    const sets = fc.uniqueArray(labelSet, { selector: (labels) => JSON.stringify(labels), minLength: 1, maxLength: 60 });
    const selectors = fc.array(fc.array(matcher, { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(sets, fc.nat(60), selectors, fc.func(fc.boolean()), (all, first, queries, isGone) => {
        using store = temporaryCatalog();
        const catalog = store.open();
        const refs = new Map<number, Labels>();
        const resolve = (labels: Labels): void => void refs.set(catalog.resolve(labels, noonMs), labels);
        all.slice(0, first).forEach(resolve);
        catalog.flush();
        using index = store.index();
        all.slice(first).forEach(resolve);
        catalog.flush();
        index.refresh();
        const check = (): void => {
          for (const matchers of queries) {
            const expected = [...refs]
              .filter(([, labels]) => matchers.every((one) => accepts(one, labels)))
              .map(([ref]) => ref);
            assert.deepEqual(index.match(matchers), expected, JSON.stringify(matchers));
          }
        };
        check();
        const gone = Array.from(refs.keys(), (ref) => ref).filter((ref) => isGone(ref));
        for (const ref of gone) {
          catalog.release(ref);
          refs.delete(ref);
        }
        for (const _ of catalog.sweep(noonMs + 1));
        index.refresh();
        check();
        for (const [ref, labels] of refs) assert.deepEqual(index.labelsOf(ref), labels);
        catalog.close();
      }),
      { numRuns: 60 },
    );
  });

  it("answers the same from sorted and from new rows, with many series", () => {
    // Series that came after the index was last sorted would be missing.
    using store = temporaryCatalog();
    const catalog = store.open();
    using index = store.index();
    for (let i = 0; i < 4000; i++) {
      catalog.resolve(labelsOfSeries(i), noonMs);
      if (i % 700 !== 0) continue;
      catalog.flush();
      index.refresh();
    }
    catalog.close();
    index.refresh();
    const select = (name: string, operator: MatchOperator, value: string): LabelMatcher => ({ name, operator, value });
    const cases: readonly (readonly [readonly LabelMatcher[], (i: number) => boolean])[] = [
      [[], () => true],
      [[select("__name__", "=", "metric_3_total")], (i) => i % 40 === 3],
      [[select("__name__", "=", "metric_3_total"), select("device", "=", "disk2")], (i) => i % 40 === 3 && i % 7 === 2],
      [[select("device", "!=", "disk2"), select("path", "=~", "/srv/3.*")], (i) => i % 7 !== 2 && String(i).startsWith("3")],
      [[select("node", "=", "n"), select("device", "=~", "disk[0-2]")], (i) => i % 7 < 3],
      [[select("node", "=", "n"), select("device", "=", "disk1")], (i) => i % 7 === 1],
      [[select("__name__", "!=", ""), select("path", "!~", ".*[0-8]")], (i) => i % 10 === 9],
      [[select("path", "=~", "/srv/7|/srv/3999|/srv/none")], (i) => i === 7 || i === 3999],
    ];
    for (const [matchers, expected] of cases) {
      const all = Array.from({ length: 4000 }, (_, i) => i);
      assert.deepEqual(index.match(matchers), all.filter(expected), JSON.stringify(matchers));
    }
  });

  it("makes labels once, and again when many others were asked for", () => {
    // Consumers that keep labels would keep thousands of copies; or a cache would grow with every series.
    using store = temporaryCatalog();
    const catalog = store.open();
    for (let i = 0; i < 20_100; i++) catalog.resolve({ __name__: "m", i: String(i) }, noonMs);
    catalog.close();
    using index = store.index();
    const first = index.labelsOf(0);
    assert.equal(index.labelsOf(0), first);
    for (let i = 1; i < 20_100; i++) index.labelsOf(i);
    assert.notEqual(index.labelsOf(0), first);
    assert.deepEqual(index.labelsOf(0), first);
  });

  it("tells who has how many series", () => {
    // Nobody could find the label that fills the memory.
    using store = temporaryCatalog();
    const catalog = store.open();
    for (let i = 0; i < 6; i++)
      catalog.resolve({ __name__: i < 4 ? "requests" : "up", node: i < 5 ? "a" : "bü", path: `/${i % 4}` }, noonMs);
    catalog.close();
    using index = store.index();
    const expected: Cardinality = {
      series: 6,
      labelPairs: 8,
      seriesByMetric: [
        { name: "requests", count: 4 },
        { name: "up", count: 2 },
      ],
      valuesByLabel: [
        { name: "path", count: 4 },
        { name: "__name__", count: 2 },
      ],
      bytesByLabel: [
        { name: "__name__", count: 10 },
        { name: "path", count: 8 },
      ],
      seriesByPair: [
        { name: "node=a", count: 5 },
        { name: "__name__=requests", count: 4 },
      ],
      seriesByNode: [
        { name: "a", count: 5 },
        { name: "bü", count: 1 },
      ],
    };
    assert.deepEqual(index.cardinality(2), expected);
    assert.equal(index.cardinality(100).seriesByPair.length, 8);
    assert.deepEqual(index.cardinality(100).bytesByLabel.at(-1), { name: "node", count: 4 });
  });
});
