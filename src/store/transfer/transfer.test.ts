import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../test/support/any-character.ts";
import { labelsKey } from "../../core/labels.ts";
import { decodeJsonLines, encodeJsonLines } from "./json-lines.ts";
import { decodeOpenMetrics, encodeOpenMetrics, secondsText } from "./open-metrics.ts";
import { decodeParquet, encodeParquet } from "./parquet.ts";
import { readLines } from "./read-lines.ts";
import type { SeriesRun } from "./series-run.ts";

// If these fail, an export is not what was stored, or an import stores what was not in the file: whoever moves data loses it.

const quietNaN = 0x7ff8_0000_0000_0000n;
const staleNaN = 0x7ff0_0000_0000_0002n;

const bits = fc.oneof(
  fc.double().map((value) => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(
    quietNaN,
    staleNaN,
    0xfff8_0000_0000_0000n,
    0x7ff0_0000_0000_0001n,
    0x7ff0n << 48n,
    0xfff0n << 48n,
    1n << 63n,
    1n,
  ),
);
const time = fc.integer({ min: 0, max: Date.UTC(9999, 0) });
const labelValue = fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("\u0000") && text !== "");
const labels = fc
  .record(
    { __name__: fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,5}$/), a: labelValue, __proto__x: labelValue },
    { requiredKeys: ["__name__"] },
  )
  .map((record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))));
const runs = fc.array(
  fc
    .record({ labels, samples: fc.uniqueArray(fc.tuple(time, bits), { selector: ([ms]) => ms, minLength: 1, maxLength: 20 }) })
    .map(({ labels: of, samples }): SeriesRun => {
      const sorted = samples.toSorted(([a], [b]) => a - b);
      const values = new Float64Array(BigUint64Array.from(sorted, ([, value]) => value).buffer);
      return { labels: of, timestampsMs: Float64Array.from(sorted, ([ms]) => ms), values };
    }),
  { maxLength: 6 },
);

test("JSON lines carry every double, bit by bit", async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 64 }), async (written, chunk) => {
      const text = Buffer.from([...encodeJsonLines(written)].join(""));
      assert.deepEqual(await samplesOf(decodeJsonLines(readLines(pieces(text, chunk)))), await samplesOf(written));
    }),
  );
});

test("Parquet carries every double, bit by bit", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-parquet-"));
  const path = join(directory.path, "samples.parquet");
  await fc.assert(
    fc.asyncProperty(runs, async (written) => {
      writeFileSync(path, await parquetOf(written));
      assert.deepEqual(await samplesOf(decodeParquet(path)), await samplesOf(written));
    }),
    { numRuns: 50 },
  );
});

test("OpenMetrics carries everything but stale markers and the payloads of NaNs", async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 64 }), async (written, chunk) => {
      let omitted = 0;
      const text = Buffer.from([...encodeOpenMetrics(written, (markers) => (omitted += markers))].join(""));
      const expected = (await samplesOf(written)).filter(([, , value]) => value !== staleNaN.toString(16));
      assert.equal(omitted, (await samplesOf(written)).length - expected.length);
      const plain = expected.map(([series, ms, value]) => [series, ms, isNaNText(value) ? quietNaN.toString(16) : value]);
      assert.deepEqual(await samplesOf(decodeOpenMetrics(readLines(pieces(text, chunk)))), plain);
    }),
  );
});

test("a time in seconds is the right millisecond for those who round, and for those who cut off, as Prometheus does", () => {
  fc.assert(
    fc.property(time, fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2038, 0) }), (any, near) => {
      assert.equal(Math.round(Number(secondsText(any)) * 1000), any);
      assert.equal(Math.trunc(Number(secondsText(near)) * 1000), near);
    }),
    { numRuns: 2000 },
  );
});

test("a Parquet file of more than one row group", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-parquet-"));
  const path = join(directory.path, "samples.parquet");
  const count = 300_000;
  const timestampsMs = Float64Array.from({ length: count }, (_, i) => 1000 * i);
  const run = { labels: { __name__: "m" }, timestampsMs, values: timestampsMs.map((ms) => ms / 7) };
  writeFileSync(path, await parquetOf([run]));
  let next = 0;
  for await (const { timestampsMs: times, values } of decodeParquet(path)) {
    for (const [i, ms] of times.entries()) {
      assert.equal(ms, 1000 * next++);
      assert.equal(values[i], ms / 7);
    }
  }
  assert.equal(next, count);
});

const brokenLines: readonly (readonly [text: string, message: RegExp])[] = [
  ["{", /^line 1: no JSON/],
  ['{"metric":{},"values":[1],"timestamps":[1]}', /^line 1: a series without labels/],
  ['\n{"metric":{"a":1},"values":[],"timestamps":[]}', /^line 2: the value of label "a" is no string/],
  ['{"metric":{"a":"b"},"values":[1],"timestamps":[1,2]}', /^line 1: 1 values, but 2 timestamps/],
  ['{"metric":{"a":"b"},"values":["0x7ff0000000000000"],"timestamps":[1]}', /^line 1: "0x7ff0000000000000" is no value/],
  ['{"metric":{"a":"b"},"values":[1],"timestamps":[1.5]}', /^line 1: the time 1.5 is no whole number/],
  ['{"metric":{"a":"b"},"values":[1],"timestamps":[-1]}', /^line 1: the time -1 is no whole number/],
  ['{"metric":{"a\\u0000":"b"},"values":[1],"timestamps":[1]}', /^line 1: a label contains the character U\+0000/],
  ["[1]", /^line 1: no object of the form/],
];
for (const [text, message] of brokenLines) {
  test(`JSON lines refuse ${text.trim()}`, async () => {
    const decoded = samplesOf(decodeJsonLines(readLines(pieces(Buffer.from(text), 7))));
    await assert.rejects(decoded, { code: "IMPORT_INVALID", message });
  });
}

const brokenText: readonly (readonly [text: string, message: RegExp])[] = [
  ["m 1 1\n", /^the end: the last line is not # EOF/],
  ["m 1 1\n# EOF\nm 1 1\n", /^the end: there is more after # EOF/],
  ["m 1\n# EOF", /^line 1: no sample of the form NAME\{LABELS\} VALUE SECONDS/],
  ["# HELP m x\nm 1x 1\n# EOF", /^line 2: "1x" is no number/],
  ['m{a="b} 1 1\n# EOF', /^line 1: expected text up to a quote/],
  ['m{a="\\t"} 1 1\n# EOF', /^line 1: expected text up to a quote/],
  ['m{a="b" c="d"} 1 1\n# EOF', /^line 1: expected , or \} at character 8, found " c=/],
  ['m{a="b",a="c"} 1 1\n# EOF', /^line 1: the label "a" is there twice/],
  ["1m 1 1\n# EOF", /^line 1: expected a metric name at character 1/],
  ["m 1 1 # {} 1\nm 1  1\n# EOF", /^line 2: no sample of the form/],
  ["\n# EOF", /^line 1: no sample of the form/],
];
for (const [text, message] of brokenText) {
  test(`OpenMetrics refuses ${JSON.stringify(text)}`, async () => {
    const decoded = samplesOf(decodeOpenMetrics(readLines(pieces(Buffer.from(text), 5))));
    await assert.rejects(decoded, { code: "IMPORT_INVALID", message });
  });
}

test("hostile text is an IMPORT_INVALID, never another error", async () => {
  const part = fc.oneof(
    fc.constantFrom(
      "m",
      "{",
      "}",
      'a="',
      '"',
      ",",
      " ",
      "1",
      "1e",
      "NaN",
      "#",
      "# EOF",
      "\n",
      "\\",
      "[",
      "]",
      ":",
      "metric",
      "null",
    ),
    fc.string({ unit: anyCharacter, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), async (parts) => {
      const bytes = Buffer.from(parts.join(""));
      for (const decode of [decodeJsonLines, decodeOpenMetrics]) {
        await samplesOf(decode(readLines(pieces(bytes, 3)))).catch((error: unknown) => {
          assert.equal(error instanceof Error && "code" in error && error.code, "IMPORT_INVALID", String(error));
        });
      }
    }),
    { numRuns: 500 },
  );
});

test("what others write in OpenMetrics and JSON lines is read too", async () => {
  const text =
    '# TYPE m counter\n# UNIT m s\nm_total{b="\\\\\\"\\n",a="x",} +1.5e+3 1.0005 # {id="1"} 0.5\nm_total -inf 2\n# EOF\n';
  assert.deepEqual(await samplesOf(decodeOpenMetrics(readLines(pieces(Buffer.from(text), 9)))), [
    [labelsKey({ __name__: "m_total", a: "x", b: '\\"\n' }), 1001, "4097700000000000"],
    [labelsKey({ __name__: "m_total" }), 2000, "fff0000000000000"],
  ]);
  const line = '{"metric":{"__name__":"up","empty":""},"values":[null,"-Inf",-0],"timestamps":[1,2,3]}';
  assert.deepEqual(await samplesOf(decodeJsonLines(readLines(pieces(Buffer.from(line), 9)))), [
    [labelsKey({ __name__: "up" }), 1, quietNaN.toString(16)],
    [labelsKey({ __name__: "up" }), 2, "fff0000000000000"],
    [labelsKey({ __name__: "up" }), 3, "8000000000000000"],
  ]);
});

test("text that is no UTF-8, and a Parquet file that is none", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-parquet-"));
  const path = join(directory.path, "x.parquet");
  for (const content of [Buffer.from(""), Buffer.from("PAR1"), Buffer.from("PAR1garbagePAR1"), Buffer.alloc(100, 0x50)]) {
    writeFileSync(path, content);
    await assert.rejects(samplesOf(decodeParquet(path)), { code: "IMPORT_INVALID" });
  }
  const latin1 = decodeJsonLines(readLines(pieces(Buffer.from([0x7b, 0xe4, 0x0a]), 3)));
  await assert.rejects(samplesOf(latin1), { code: "IMPORT_INVALID", message: /not UTF-8/ });
});

async function parquetOf(written: readonly SeriesRun[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of encodeParquet(written)) parts.push(part);
  return Buffer.concat(parts);
}

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** Series, time and the value's bits of every sample, in order: however it is cut into runs. */
async function samplesOf(
  from: Iterable<SeriesRun> | AsyncIterable<SeriesRun>,
): Promise<readonly (readonly [string, number, string])[]> {
  const samples: (readonly [string, number, string])[] = [];
  for await (const { labels: of, timestampsMs, values } of from) {
    const words = new BigUint64Array(values.buffer, values.byteOffset, values.length);
    for (const [i, ms] of timestampsMs.entries()) samples.push([labelsKey(of), ms, (words[i] ?? 0n).toString(16)]);
  }
  return samples;
}

function isNaNText(text: string): boolean {
  return (BigInt(`0x${text}`) & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;
}
