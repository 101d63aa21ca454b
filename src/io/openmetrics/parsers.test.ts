import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { labelsKey } from "../../core/labels.ts";
import { parseOpenMetrics } from "./parse-openmetrics.ts";
import { parseTextFormat } from "./parse-text-format.ts";
import type { ParsedFamily, ParsedSample } from "./parsed-family.ts";
import { readExposition, syntaxOf } from "./read-exposition.ts";

const labelName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/);
const metricName = fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/);
/** Whatever a label or a help text may hold, with the characters that need care more often. */
const content = fc
  .array(
    fc.oneof(fc.constantFrom("\\", '"', "\n", "n", "#", " ", "{", "}", ","), fc.string({ unit: "grapheme", maxLength: 3 })),
  )
  .map((parts) => parts.join(""));
const number = fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger(), fc.constantFrom(Number.NaN, -0, 5e-324));
const labels = fc.dictionary(fc.oneof(labelName, fc.constant("__proto__")), content, { maxKeys: 4, noNullPrototype: false });

/** Gauges of one name each, their label sets distinct. */
const family: fc.Arbitrary<ParsedFamily> = fc
  .record({
    name: metricName,
    type: fc.constantFrom("gauge", "unknown"),
    unit: fc.constant(null),
    // The text format has no blanks before a help text.
    help: fc.option(content.map((text) => text.trimStart())),
    samples: fc.uniqueArray(fc.record({ labels, value: number, timestampMs: fc.option(fc.nat()) }), {
      selector: ({ labels: set }) => labelsKey(set),
      minLength: 1,
      maxLength: 5,
    }),
  })
  .map(({ name, samples, ...head }) => ({
    name,
    ...head,
    samples: samples.map((sample) => ({ name, ...sample, exemplar: null })),
  }));
const families = fc.uniqueArray(family, { selector: ({ name }) => name, maxLength: 4 });

test("what is written in either format comes back as it was", () => {
  // If this fails, scraped values or labels are not what the target said.
  fc.assert(
    fc.property(families, (written) => {
      assert.deepEqual(withPlainLabels(parseOpenMetrics(print(written, "openmetrics"))), withPlainLabels(written));
      assert.deepEqual(withPlainLabels(parseTextFormat(print(written, "text"))), withPlainLabels(written));
    }),
  );
});

test("a text with a fault is read or refused with its place, never anything else", () => {
  // If this fails, one broken target ends the thread that scrapes all of them.
  const fault = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.constantFrom("", " ", "\n", '"', "{", "}", "#", "\\", "1", "\u0000"),
  });
  fc.assert(
    fc.property(families, fc.array(fault, { minLength: 1, maxLength: 4 }), (written, faults) => {
      for (const syntax of ["openmetrics", "text"] as const) {
        let text = print(written, syntax);
        for (const { at, cut, put } of faults) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + put + text.slice(place + cut);
        }
        complaintOf(syntax, text);
      }
    }),
  );
});

test("complaints say where and what", () => {
  // If this fails, whoever writes an exporter searches for the fault.
  const cases = {
    "a 1\nb{c='d'} 1\n# EOF\n": `line 2, column 5: expected a value in "double quotes", not "'d'} 1"`,
    '# TYPE a counter\na_total{b="c"} -1\n# EOF\n': "line 2, column 1: _total is not negative",
    '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 2\na_sum 3\n# EOF\n':
      "line 4, column 1: _count and _sum come together",
    "a 1": "line 1, column 4: expected the end of the line, not the end of the text",
    "a 1\n": "line 2, column 1: expected a metric name, not the end of the text",
  };
  for (const [text, complaint] of Object.entries(cases)) assert.equal(complaintOf("openmetrics", text), complaint);
  assert.equal(
    complaintOf("text", "# TYPE a meh\n"),
    'line 1, column 10: expected one of the types counter, gauge, histogram, summary, untyped, not "meh"',
  );
});

test("the text format is read as tolerantly as Prometheus reads it", () => {
  // If this fails, targets that Prometheus scrapes are refused.
  const text = [
    "",
    "#comment",
    '  # HELP\ta  one \\\\ two\\n\\"',
    "# TYPE a histogram ",
    'a_bucket { le = "+Inf" , } 3\t1000 ',
    'a_bucket{le="1",}1',
    "a_count 3",
    "other -1.5e+3 -7",
    '{"caf\u00e9 \\"x\\"", "a b"="c"} NaN',
    "bare{} +Inf",
  ].join("\n");
  const sample = (name: string, own: Readonly<Record<string, string>>, value: number, timestampMs: number | null = null) =>
    ({ name, labels: own, value, timestampMs, exemplar: null }) satisfies ParsedSample;
  const untyped = { type: "unknown", unit: null, help: null } as const;
  const last = [sample("a_bucket", { le: "+Inf" }, 3, 1000), sample("a_bucket", { le: "1" }, 1), sample("a_count", {}, 3)];
  assert.deepEqual(Array.from(parseTextFormat(text)), [
    { name: "a", type: "histogram", unit: null, help: 'one \\ two\n\\"', samples: last },
    { name: "other", ...untyped, samples: [sample("other", {}, -1500, -7)] },
    { name: 'caf\u00e9 "x"', ...untyped, samples: [sample('caf\u00e9 "x"', { "a b": "c" }, Number.NaN)] },
    { name: "bare", ...untyped, samples: [sample("bare", {}, Number.POSITIVE_INFINITY)] },
  ]);
  for (const wrong of [
    'a{b="c" d="e"} 1',
    "a{,} 1",
    "a 1 1.5",
    "a 1 2 3",
    "a 0x1",
    "a 1_0",
    "{} 1",
    'a{"b"} 1',
    'a{b="c",b="d"} 1',
  ])
    assert.notEqual(complaintOf("text", wrong), null, wrong);
});

test("exemplars and times come with their samples", () => {
  // If this fails, the way from a bucket to its trace is lost.
  const text =
    '# TYPE a counter\n# UNIT a \na_total{b="c"} 9223372036854775808 1.5 # {trace_id="x"} 0.5 2\na_created{b="c"} 1 1.5\n# EOF\n';
  assert.deepEqual(Array.from(parseOpenMetrics(text)), [
    {
      name: "a",
      type: "counter",
      unit: "",
      help: null,
      samples: [
        {
          name: "a_total",
          labels: { b: "c" },
          value: 2 ** 63,
          timestampMs: 1500,
          exemplar: { labels: { trace_id: "x" }, value: 0.5, timestampMs: 2000 },
        },
        { name: "a_created", labels: { b: "c" }, value: 1, timestampMs: 1500, exemplar: null },
      ],
    },
  ]);
});

test("a quoted name is not empty", () => {
  // If this fails, a target's broken line becomes a series that no query can ask for.
  for (const line of ['{""} 1', 'a{""="x"} 1', '{"a",""="x"} 1'])
    assert.match(complaintOf("text", line) ?? "", /expected a name/);
  assert.equal(complaintOf("text", '{"a b","c d"="x"} 1'), null);
});

test("the content type names the format, and what is no UTF-8 is refused", () => {
  // If this fails, a target's answer is read by the wrong rules, or its labels are garbled silently.
  assert.equal(syntaxOf("application/openmetrics-text; version=1.0.0; charset=utf-8"), "openmetrics");
  assert.equal(syntaxOf("text/plain; version=0.0.4"), "text");
  assert.equal(syntaxOf(""), "text");
  assert.throws(() => readExposition(Uint8Array.of(97, 0xff), "text"), { code: "EXPOSITION_INVALID" });
  assert.deepEqual(
    Array.from(readExposition(Buffer.from("a 1\n# EOF"), "openmetrics"), ({ name }) => name),
    ["a"],
  );
});

function complaintOf(syntax: "openmetrics" | "text", text: string): string | null {
  try {
    Array.from(readExposition(new TextEncoder().encode(text), syntax));
    return null;
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "EXPOSITION_INVALID", String(error));
    assert.match(error.message, /^line \d+, column \d+: /);
    return error.message;
  }
}

function print(all: readonly ParsedFamily[], syntax: "openmetrics" | "text"): string {
  const isText = syntax === "text";
  const escaped = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const quoted = (value: string): string => `"${escaped(value).replaceAll('"', '\\"')}"`;
  const lines = all.flatMap(({ name, type, help, samples }) => [
    ...(help === null ? [] : [`# HELP ${name} ${escaped(help)}`]),
    `# TYPE ${name} ${isText && type === "unknown" ? "untyped" : type}`,
    ...samples.map((sample) => {
      const inner = Object.entries(sample.labels).map(([label, value]) => `${label}=${quoted(value)}`);
      const time = sample.timestampMs === null ? "" : ` ${isText ? sample.timestampMs : sample.timestampMs / 1000}`;
      const value = Object.is(sample.value, -0) ? "-0" : String(sample.value);
      return `${name}{${inner.join(",")}} ${value}${time}`;
    }),
  ]);
  return [...lines, ...(isText ? [] : ["# EOF"])].map((line) => `${line}\n`).join("");
}

/** For comparing: a label called `__proto__` is an own property in one and must be in the other, times may differ in the last bit. */
function withPlainLabels(all: Iterable<ParsedFamily>): unknown {
  return Array.from(all, (one) => ({
    ...one,
    samples: one.samples.map((sample) => ({
      ...sample,
      labels: Object.entries(sample.labels),
      timestampMs: sample.timestampMs === null ? null : Math.round(sample.timestampMs),
    })),
  }));
}
