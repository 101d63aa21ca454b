import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../../core/errors.ts";
import { labelsKey } from "../../../core/labels.ts";
import { LineScanner } from "../../../io/openmetrics/line-scanner.ts";
import { parseTextFormat } from "../../../io/openmetrics/parse-text-format.ts";
import { entryState, KnownSeries } from "./known-series.ts";
import { readTextSlice, type TextSyntax } from "./read-text.ts";
import { ScrapeReading } from "./scrape-reading.ts";

interface Read {
  readonly samples: readonly (readonly [labels: string, timeMs: number, value: number])[];
  readonly fresh: number;
}

/** Scrapes of one target, one after the other. */
function reader(newMax = 1e6): (text: string | Uint8Array, syntax?: TextSyntax) => Read {
  const known = new KnownSeries();
  const names: string[] = [];
  let scrape = 0;
  return (text, syntax = "text") => {
    scrape++;
    const reading = new ScrapeReading({
      known,
      scrape,
      labelsOf: ({ name, labels }) => ({ __name__: name, ...labels }),
      samplesMax: 1e6,
      newMax,
      honorTimestamps: true,
      trackTimes: false,
    });
    const scanner = new LineScanner(typeof text === "string" ? Buffer.from(text) : text);
    while (readTextSlice(scanner, syntax, reading));
    for (const { entry, labels } of reading.fresh) {
      names[entry] = labelsKey(labels);
      known.decide(entry, entryState.series, entry);
    }
    const { entries, times, values } = reading;
    const samples = Array.from(
      { length: reading.count },
      (_, i) => [names[entries[i] ?? -1] ?? "", times[i] ?? 0, values[i] ?? 0] as const,
    );
    return { samples, fresh: reading.fresh.length };
  };
}

const blank = fc.constantFrom(" ", "  ", "\t");
const value = fc.oneof(
  fc.double().map(String),
  fc.double().map((number) => number.toExponential()),
  fc.maxSafeInteger().map(String),
  fc.constantFrom("NaN", "+Inf", "-Inf", "1e+06", "1.", ".5", "-0", "123456789012345678", "1e-320", "0.1e-22"),
);
const labelText = fc
  .array(fc.constantFrom("a", "}", "{", "\\\\", '\\"', "\\n", ",", "=", " ", "é", "#"), { maxLength: 5 })
  .map((parts) => parts.join(""));
const labels = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "ab", "le", "x"), labelText), { selector: ([name]) => name, maxLength: 3 })
  .map((pairs) => (pairs.length === 0 ? "" : `{${pairs.map(([name, text]) => `${name}="${text}"`).join(",")}}`));
const line = fc
  .tuple(
    fc.constantFrom("a", "ab", "a_total", "b:c"),
    labels,
    blank,
    value,
    fc.option(fc.tuple(blank, fc.integer({ min: 1, max: 1e12 }))),
  )
  .map(([name, set, gap, number, time]) => `${name}${set}${gap}${number}${time === null ? "" : `${time[0]}${time[1]}`}`);
const comment = fc.constantFrom("# HELP a Help.", "# TYPE b:c gauge", "# just words", "", "#");
const body = fc.array(fc.oneof({ weight: 4, arbitrary: line }, comment), { maxLength: 12 });

test("what is read is what the other parser of the format reads, whatever was scraped before", () => {
  // If this fails, a target's values are stored under another series, or with another value.
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 4 }), (scrapes) => {
      const read = reader();
      for (const lines of scrapes) {
        const text = lines.map((one) => `${one}\n`).join("");
        const seen = new Set<string>();
        const expected = Array.from(parseTextFormat(text))
          .flatMap(({ samples }) => samples)
          .map(
            ({ name, labels: own, value: number, timestampMs }) =>
              [labelsKey({ __name__: name, ...own }), timestampMs ?? Number.NaN, number] as const,
          )
          // One spelling of a series counts once; two spellings are two entries, which the store makes one of.
          .filter(([key, time]) => {
            const isRepeated = Number.isNaN(time) && seen.has(key);
            seen.add(key);
            return !isRepeated;
          });
        const found = new Set<string>();
        const samples = read(text).samples.filter(([key, time]) => {
          const isRepeated = Number.isNaN(time) && found.has(key);
          found.add(key);
          return !isRepeated;
        });
        assert.deepEqual(samples, expected);
      }
    }),
  );
});

test("what was scraped before in the same order is recognised, and in another order, too", () => {
  // If this fails, every scrape makes all series anew: the CPU of a large installation goes into strings.
  const read = reader();
  assert.equal(read('a{b="c"} 1\nab 2\na 3\n').fresh, 3);
  assert.equal(read('a{b="c"} 4\nab 5\na 6\n').fresh, 0);
  assert.equal(read('a 7\nab 8\na{b="c"} 9\n').fresh, 0);
  const { samples, fresh } = read('a {b="c"} 1\na 2\nabc 3\n');
  assert.equal(fresh, 2, "another spelling, and a longer name");
  assert.deepEqual(
    samples.map(([, , number]) => number),
    [1, 2, 3],
  );
});

test("series and comments that are new are bounded in one scrape, those that are known are not", () => {
  // If this fails, a target of other comments each time takes all memory: they cost no sample, and each is remembered.
  const read = reader(3);
  read("# a\n# b\nc 1\n");
  read("# a\n# b\nc 1\n# d\n# e\nf 1\n");
  assert.throws(() => read("# g\n# h\ni 1\n# j\n"), { code: "SCRAPE_FAILED", message: /more than 3 series and comments/ });
});

test("bytes of any kind are read or refused with their line, never anything else", () => {
  // If this fails, one broken target ends the thread that scrapes all of them.
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom("a", "{", "}", '"', "=", ",", "\n", " ", "1", "#", "\\", "# EOF\n", "# TYPE a histogram\n")
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom<TextSyntax>("text", "openmetrics"), (pieces, syntax) => {
      const read = reader();
      for (let round = 0; round < 2; round++) {
        try {
          read(Buffer.concat(pieces), syntax);
        } catch (error) {
          assert.ok(error instanceof ChainPulseError && error.code === "SCRAPE_FAILED", String(error));
          assert.match(error.message, /^line \d+: /);
        }
      }
    }),
  );
});

test("OpenMetrics has seconds, exemplars and an end", () => {
  // If this fails, half of a body counts as the whole, or times are a thousand times off.
  const read = reader();
  const { samples } = read('a_total 1 1.5 # {trace_id="t"} 1\nb 2 # {} 3 4\n# EOF\n', "openmetrics");
  assert.deepEqual(samples, [
    ["__name__\u0000a_total\u0000", 1500, 1],
    ["__name__\u0000b\u0000", Number.NaN, 2],
  ]);
  assert.throws(() => reader()("a 1\n", "openmetrics"), /line 2: expected # EOF/);
  assert.throws(() => reader()("a 1\n# EOF\nb 1\n", "openmetrics"), /line 3: expected nothing after # EOF/);
});
