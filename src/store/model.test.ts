import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LabelMatcher, Labels } from "../core/labels.ts";
import { type SampleReader, type SampleWriter, staleNaNBits } from "../core/storage.ts";
import { bitsOf, doublesOf, maintainAll, newestOf, temporaryStore } from "./temporary-store.test-support.ts";
import { noonMs } from "./ticks.test-support.ts";

const seriesLabels: readonly Labels[] = Array.from({ length: 130 }, (_, i) => ({
  __name__: `m${i % 7}`,
  ...(i % 3 === 0 ? {} : { core: String(i % 11) }),
  id: String(i),
}));

interface Sample {
  readonly timeMs: number;
  readonly bits: bigint;
}

/** The store as plain data: per series its samples. */
type Model = Map<number, Sample[]>;

type Step =
  | {
      readonly do: "commit";
      readonly afterMs: number;
      readonly first: number;
      readonly count: number;
      readonly stride: number;
      readonly bits: bigint;
    }
  | { readonly do: "maintain"; readonly slices: number }
  | { readonly do: "reopen writer" }
  | { readonly do: "reopen reader" }
  | { readonly do: "refresh" }
  | { readonly do: "rewind"; readonly byMs: number }
  | { readonly do: "select"; readonly matchers: readonly LabelMatcher[]; readonly fromMs: number; readonly lengthMs: number };

const matcher: fc.Arbitrary<LabelMatcher> = fc.oneof(
  fc.record({
    name: fc.constant("__name__"),
    operator: fc.constantFrom("=" as const, "!="),
    value: fc.constantFrom("m0", "m3", ""),
  }),
  fc.record({
    name: fc.constantFrom("core", "id"),
    operator: fc.constantFrom("=" as const, "!=", "=~", "!~"),
    value: fc.constantFrom("", "1", "1|2|7", "1.*", ".+"),
  }),
);

const commitStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("commit" as const),
  afterMs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 2000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
  ),
  first: fc.constantFrom(0, 0, 0, 5, 60),
  count: fc.constantFrom(1, 64, 70),
  stride: fc.constantFrom(1, 1, 1, 2),
  bits: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constant(staleNaNBits)),
});

const step = fc.oneof(
  { weight: 12, arbitrary: commitStep },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("maintain" as const), slices: fc.constantFrom(1, 2, 3, 50) }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: "reopen writer" }, { do: "reopen reader" }, { do: "refresh" }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rewind" as const), byMs: fc.integer({ min: 1, max: 30_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("select" as const),
      matchers: fc.array(matcher, { maxLength: 3 }),
      fromMs: fc.integer({ min: -1000, max: 60_000 }),
      lengthMs: fc.integer({ min: 0, max: 120_000 }),
    }),
  },
);

describe("store against a model", () => {
  it("seals from old to new, also when a new file comes while an old one is being sealed", () => {
    // Readers would miss the older file's last minutes. Found by the test below.
    const commitOne = (afterMs: number): Step => ({ do: "commit", afterMs, first: 0, count: 1, stride: 1, bits: 0n });
    const slice: Step = { do: "maintain", slices: 1 };
    const look: Step = { do: "select", matchers: [], fromMs: -1, lengthMs: 120_000 };
    for (let begun = 0; begun < 4; begun++) {
      const slices = Array.from({ length: begun }, () => slice);
      // More than the reader caches, less than what is sealed within a commit.
      const third = Array.from({ length: 12 }, () => commitOne(1));
      const rest = Array.from({ length: 6 }, () => [look, slice, commitOne(1)]).flat();
      run([commitOne(1), commitOne(20_000), ...slices, commitOne(20_000), ...third, ...rest, look]);
    }
  });

  it("answers as a plain map would, whatever happens in which order", () => {
    // Some interleaving of ticks, sealing, new files, restarts and clock steps would lose, double or change samples.
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: "max" }), (steps) => run(steps)),
      // No shrinking beyond some seconds: one run takes tens of milliseconds.
      { numRuns: 10, interruptAfterTimeLimit: 60_000 },
    );
  });
});

function run(steps: readonly Step[]): void {
  using store = temporaryStore();
  const options = { partitionMs: 20_000, sealTicks: 6, sealSamples: 500, mergeMs: 7000 };
  let writer = store.writer(options);
  let reader = store.reader({ cacheTicks: 9, cacheBytes: 20_000 });
  let seen = seenBy(reader);
  const model: Model = new Map();
  const refresh = (): void => {
    reader.refresh();
    if (reader.generation?.() === seen.generation) assert.deepEqual(samplesUpTo(reader, seen.latestMs), seen.samples);
    seen = seenBy(reader);
  };
  let nowMs = noonMs;
  for (const one of steps) {
    if (one.do === "commit") commit(writer, model, (nowMs += one.afterMs), one);
    else if (one.do === "maintain") for (let i = 0; i < one.slices; i++) writer.maintain(nowMs, 0);
    else if (one.do === "reopen writer") {
      writer.close();
      writer = store.writer(options);
    } else if (one.do === "reopen reader") {
      reader.close();
      reader = store.reader({ cacheTicks: 9 });
      seen = seenBy(reader);
    } else if (one.do === "refresh") refresh();
    else if (one.do === "rewind") {
      nowMs = Math.max(noonMs, nowMs - one.byMs);
      writer.rewind(nowMs);
      for (const samples of model.values()) samples.splice(samples.findIndex(({ timeMs }) => timeMs >= nowMs) >>> 0);
      // What was hidden shows until the time goes on.
      commit(writer, model, nowMs, { first: 0, count: 3, stride: 1, bits: 7n });
    } else {
      refresh();
      compare(reader, model, one.matchers, noonMs + one.fromMs, noonMs + one.fromMs + one.lengthMs);
    }
  }
  maintainAll(writer, nowMs);
  reader.refresh();
  compare(reader, model, [], 0, Infinity);
  const newest = Math.max(...Array.from(model.values(), (samples) => samples.at(-1)?.timeMs ?? -Infinity));
  assert.equal(reader.latestMs() ?? -Infinity, newest);
  assert.deepEqual(
    store.lines.filter(({ level }) => level === "error"),
    [],
  );
}

/** What a reader says will not change, unless its generation does. */
function seenBy(reader: SampleReader): {
  readonly generation: number | null | undefined;
  readonly latestMs: number;
  readonly samples: readonly string[];
} {
  const latestMs = reader.latestMs() ?? -Infinity;
  return { generation: reader.generation?.(), latestMs, samples: samplesUpTo(reader, latestMs) };
}

function samplesUpTo(reader: SampleReader, endMs: number): readonly string[] {
  return reader
    .select([], -1, endMs)
    .map(({ ref, timestampsMs, values }) => `${ref}: ${timestampsMs.join(" ")} ${bitsOf(values).join(" ")}`);
}

type Commit = Pick<Extract<Step, { do: "commit" }>, "first" | "count" | "stride" | "bits">;

function commit(writer: SampleWriter, model: Model, timeMs: number, { first, count, stride, bits }: Commit): void {
  const chosen = Array.from({ length: count }, (_, i) => first + i * stride).filter((i) => i < seriesLabels.length);
  const values = chosen.map((series) => BigInt.asUintN(64, bits + BigInt(series)));
  const refs = Uint32Array.from(chosen, (series) => writer.resolve(seriesLabels[series] ?? {}));
  writer.commit(timeMs, refs, doublesOf(values), refs.length);
  for (const [i, series] of chosen.entries()) {
    const samples = model.get(series) ?? [];
    samples.push({ timeMs, bits: values[i] ?? 0n });
    model.set(series, samples);
  }
}

function compare(reader: SampleReader, model: Model, matchers: readonly LabelMatcher[], startMs: number, endMs: number): void {
  const expected = Array.from(model, ([series, samples]) => ({
    labels: seriesLabels[series] ?? {},
    samples: samples.filter(({ timeMs }) => timeMs > startMs && timeMs <= endMs),
  })).filter(({ labels, samples }) => samples.length > 0 && matchers.every((one) => accepts(one, labels[one.name] ?? "")));
  const found = reader.select(matchers, startMs, endMs).map(({ labels, timestampsMs, values }) => {
    const bits = bitsOf(values);
    return { id: labels["id"], samples: Array.from(timestampsMs, (timeMs, i) => `${timeMs} ${bits[i]}`) };
  });
  const byId = (a: { readonly id: string | undefined }, b: { readonly id: string | undefined }): number =>
    Number(a.id) - Number(b.id);
  const wanted = expected.map(({ labels, samples }) => ({
    id: labels["id"],
    samples: samples.map(({ timeMs, bits }) => `${timeMs} ${bits.toString(16)}`),
  }));
  assert.deepEqual(found.sort(byId), wanted.sort(byId));
  assert.deepEqual(newestOf(reader, matchers, startMs, endMs, true), newestOf(reader, matchers, startMs, endMs, false));
  const ids = reader.labelValues("id", matchers, startMs, endMs);
  assert.deepEqual(ids.toSorted(byNumber), wanted.map(({ id }) => id ?? "").toSorted(byNumber));
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}

function accepts({ operator, value }: LabelMatcher, label: string): boolean {
  const equal = operator.endsWith("~") ? new RegExp(`^(?:${value})$`, "s").test(label) : label === value;
  return operator.startsWith("!") ? !equal : equal;
}
