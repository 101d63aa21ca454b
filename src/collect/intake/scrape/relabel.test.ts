import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RelabelConfig } from "../../../core/config-scrape.ts";
import { relabel } from "./relabel.ts";
import { compileRelabelRule } from "./relabel-rule.ts";

type Pairs = Readonly<Record<string, string>>;

/** `null`: dropped. */
function apply(labels: Pairs, ...configs: readonly RelabelConfig[]): Pairs | null {
  const map = new Map(Object.entries(labels));
  const rules = configs.map((config) => {
    const rule = compileRelabelRule(config);
    if ("fault" in rule) throw new Error(rule.fault);
    return rule;
  });
  return relabel(map, rules) ? Object.fromEntries(map) : null;
}

const abc = { a: "foo", b: "bar", c: "baz" };

test("each action does what Prometheus's does", () => {
  // If this fails, a configuration that works there drops or renames other targets here. Cases after model/relabel/relabel_test.go.
  const cases: readonly (readonly [Pairs, readonly RelabelConfig[], Pairs | null])[] = [
    [
      abc,
      [{ source_labels: ["a"], regex: "f(.*)", target_label: "d", replacement: "ch${1}-ch${1}" }],
      { ...abc, d: "choo-choo" },
    ],
    [
      abc,
      [{ source_labels: ["a", "b"], regex: "f(.*);(.*)r", target_label: "a", replacement: "b${1}${2}m" }],
      { ...abc, a: "boobam" },
    ],
    [
      abc,
      [
        { source_labels: ["a"], regex: ".*o.*", action: "drop" },
        { source_labels: ["a"], target_label: "d" },
      ],
      null,
    ],
    [abc, [{ source_labels: ["a"], regex: "no-match", action: "drop" }], abc],
    [{ a: "fo\no" }, [{ source_labels: ["a"], regex: "f.*o", action: "keep" }], { a: "fo\no" }],
    [abc, [{ source_labels: ["a"], regex: "no-match", action: "keep" }], null],
    [abc, [{ source_labels: ["a"], regex: "f", target_label: "b", replacement: "x" }], abc],
    [
      abc,
      [{ source_labels: ["c"], target_label: "d", separator: ";", action: "hashmod", modulus: 1000 }],
      { ...abc, d: "976" },
    ],
    [
      { a: "foo\nbar" },
      [{ source_labels: ["a"], target_label: "b", action: "hashmod", modulus: 1000 }],
      { a: "foo\nbar", b: "734" },
    ],
    [
      { a: "foo", b1: "bar", b2: "baz" },
      [{ regex: "(b.*)", replacement: "bar_${1}", action: "labelmap" }],
      { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" },
    ],
    [
      { a: "foo", __meta_my_bar: "aaa", __meta_other: "ccc" },
      [{ regex: "__meta_(my.*)", replacement: "${1}", action: "labelmap" }],
      { a: "foo", __meta_my_bar: "aaa", __meta_other: "ccc", my_bar: "aaa" },
    ],
    [
      { a: "some-name-value" },
      [{ source_labels: ["a"], regex: "some-([^-]+)-([^,]+)", replacement: "${2}", target_label: "${1}" }],
      { a: "some-name-value", name: "value" },
    ],
    [
      { a: "some-name-value" },
      [{ source_labels: ["a"], regex: "some-([^-]+)-([^,]+)", replacement: "${3}", target_label: "${1}" }],
      { a: "some-name-value" },
    ],
    [abc, [{ regex: "(a.*)", action: "labeldrop" }], { b: "bar", c: "baz" }],
    [abc, [{ regex: "(a.*)", action: "labelkeep" }], { a: "foo" }],
    [
      { foo: "bAr123Foo" },
      [
        { source_labels: ["foo"], action: "lowercase", target_label: "l" },
        { source_labels: ["foo"], action: "uppercase", target_label: "u" },
      ],
      { foo: "bAr123Foo", l: "bar123foo", u: "BAR123FOO" },
    ],
    [{ p: "1234", q: "1234" }, [{ source_labels: ["p"], action: "keepequal", target_label: "q" }], { p: "1234", q: "1234" }],
    [{ p: "1234", q: "5678" }, [{ source_labels: ["p"], action: "keepequal", target_label: "q" }], null],
    [{ p: "1234", q: "1234" }, [{ source_labels: ["p"], action: "dropequal", target_label: "q" }], null],
    [{ p: "1234", q: "5678" }, [{ source_labels: ["p"], action: "dropequal", target_label: "q" }], { p: "1234", q: "5678" }],
    [abc, [{ target_label: "a", replacement: "" }], { b: "bar", c: "baz" }],
    [
      { a: "x" },
      [{ source_labels: ["a"], regex: "(?P<name>.*)", target_label: "b", replacement: "$name-$$" }],
      { a: "x", b: "x-$" },
    ],
    [{ a: "x" }, [{ source_labels: ["a"], regex: "(.*)", target_label: "b", replacement: "$1_y" }], { a: "x" }],
    [{ a: "" }, [{ source_labels: ["a"], regex: "a", action: "drop" }], { a: "" }],
  ];
  for (const [labels, rules, expected] of cases) assert.deepEqual(apply(labels, ...rules), expected, JSON.stringify(rules));
});

test("rules that Prometheus refuses are refused, with the reason", () => {
  // If this fails, a typing error in a rule is found when targets are missing.
  const cases: readonly (readonly [RelabelConfig, RegExp])[] = [
    [{ action: "repalce" }, /there is no action "repalce"/],
    [{ action: "hashmod", target_label: "a" }, /modulus/],
    [{ action: "replace" }, /target_label/],
    [{ action: "lowercase", target_label: "a", replacement: "b" }, /takes no replacement/],
    [{ action: "keepequal", target_label: "a", regex: "b" }, /only source_labels/],
    [{ action: "labeldrop", source_labels: ["a"] }, /only regex/],
    [{ regex: "(", target_label: "a" }, /no regular expression/],
    [{ regex: "(?=a)", target_label: "a" }, /no regular expression/],
  ];
  for (const [config, message] of cases) {
    const rule = compileRelabelRule(config);
    assert.match("fault" in rule ? rule.fault : "", message);
  }
});

test("labelkeep and labeldrop divide the labels between them, and hashmod stays below its modulus", () => {
  // If this fails, shards of a scrape overlap or leave targets out.
  const labels = fc.dictionary(fc.stringMatching(/^[a-c]{1,3}$/), fc.string({ minLength: 1 }), { noNullPrototype: true });
  fc.assert(
    fc.property(labels, fc.constantFrom("a.*", "[ab]+", ".*c", "b"), fc.integer({ min: 1, max: 7 }), (set, regex, modulus) => {
      const kept = apply(set, { regex, action: "labelkeep" }) ?? {};
      const dropped = apply(set, { regex, action: "labeldrop" }) ?? {};
      assert.deepEqual({ ...kept, ...dropped }, set);
      assert.equal(Object.keys(kept).length + Object.keys(dropped).length, Object.keys(set).length);
      const shard = apply(set, { source_labels: Object.keys(set), target_label: "shard", action: "hashmod", modulus })?.[
        "shard"
      ];
      assert.ok(Number(shard) >= 0 && Number(shard) < modulus);
    }),
  );
});

test("a rule that makes labels grow without end is stopped", () => {
  // If this fails, a slip in a template takes the memory of the server.
  const doubling: RelabelConfig = { source_labels: ["a"], target_label: "a", replacement: "$1$1$1$1$1$1$1$1" };
  assert.throws(() => apply({ a: "x" }, ...Array.from({ length: 12 }, () => doubling)), { code: "SCRAPE_FAILED" });
});
