/** Results of rules between the ticks of the collectors. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChainPulseError } from "../core/errors.ts";
import { labelsKey } from "../core/labels.ts";
import type { RuleSampleBatch } from "../core/rule-samples.ts";
import { staleNaNBits } from "../core/storage.ts";
import { bitsOf, doublesOf, temporaryStore } from "../store/temporary-store.test-support.ts";
import { noonMs } from "../store/ticks.test-support.ts";
import { RuleSampleWriter } from "./rule-sample-writer.ts";

const up = { __name__: "up", job: "a" };

function batch(
  timestampMs: number,
  samples: readonly (readonly [Readonly<Record<string, string>>, bigint])[],
): RuleSampleBatch {
  const keys = samples.map(([labels]) => labelsKey(labels));
  return { timestampMs, keys, values: doublesOf(samples.map(([, bits]) => bits)), groups: [] };
}

const one = 0x3ff0000000000000n;

describe("results of rules", () => {
  it("are stored at their time, with their own labels, bit by bit", async () => {
    // ALERTS would not be what a Prometheus writes if this fails.
    using store = temporaryStore();
    const writer = store.writer();
    const rules = new RuleSampleWriter(writer);
    await rules.store(batch(noonMs, [[up, one]]), () => null);
    await rules.store(batch(noonMs + 5, [[up, staleNaNBits]]), () => null);
    await rules.store(batch(noonMs + 9, [[up, one]]), () => null);
    const [samples] = store.reader().select([], 0, Infinity);
    assert.deepEqual(samples?.labels, up);
    assert.deepEqual([...(samples?.timestampsMs ?? [])], [noonMs, noonMs + 5, noonMs + 9]);
    assert.deepEqual(
      bitsOf(samples?.values ?? new Float64Array()),
      [one, staleNaNBits, one].map((bits) => bits.toString(16)),
    );
  });

  it("come right after a tick that was stored meanwhile, and wait for one that is due", async () => {
    // A tick of the collectors would be refused, and a second of everything lost, if this fails.
    using store = temporaryStore();
    const writer = store.writer();
    const rules = new RuleSampleWriter(writer);
    const ref = Uint32Array.of(writer.resolve({ __name__: "tick" }));
    writer.commit(noonMs + 1000, ref, Float64Array.of(1), 1);
    await rules.store(batch(noonMs + 990, [[up, one]]), () => ({
      plannedMs: noonMs + 2000,
      afterTick: () => assert.fail("no need to wait"),
    }));
    let plannedMs = noonMs + 2000;
    const afterTick = (): Promise<void> => {
      writer.commit(plannedMs, ref, Float64Array.of(2), 1);
      plannedMs += 1000;
      return Promise.resolve();
    };
    await rules.store(batch(noonMs + 2050, [[up, one]]), () => ({ plannedMs, afterTick }));
    const times = store.reader().select([{ name: "job", operator: "=", value: "a" }], 0, Infinity)[0]?.timestampsMs;
    assert.deepEqual([...(times ?? [])], [noonMs + 1001, noonMs + 2050]);
  });

  it("of very many new series let ticks come in between", async () => {
    // A storm of ten thousand alerts would stop all collectors for a second, just when they matter, if this fails.
    using store = temporaryStore();
    const rules = new RuleSampleWriter(store.writer());
    const many = batch(
      noonMs,
      Array.from({ length: 1000 }, (_, i) => [{ ...up, i: String(i) }, one] as const),
    );
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns += 1;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    const receipt = await rules.store(many, () => null);
    done = true;
    assert.deepEqual(receipt, { refused: 0, refusal: null });
    assert.ok(turns >= 9, `${turns} turns`);
    assert.equal(store.reader().select([], 0, Infinity).length, 1000);
  });

  it("that come much too late are refused, and those without a place are counted", async () => {
    // After a clock was set back, old results would be written into the future, if this fails.
    using store = temporaryStore();
    const writer = store.writer({ maxSeries: 2 });
    const rules = new RuleSampleWriter(writer);
    writer.commit(noonMs, Uint32Array.of(writer.resolve({ __name__: "tick" })), Float64Array.of(1), 1);
    await assert.rejects(
      rules.store(batch(noonMs - 11_000, [[up, one]]), () => null),
      (error: unknown) => error instanceof ChainPulseError && error.code === "SAMPLE_OUT_OF_ORDER",
    );
    const receipt = await rules.store(
      batch(noonMs + 1, [
        [up, one],
        [{ ...up, job: "b" }, one],
      ]),
      () => null,
    );
    assert.equal(receipt.refused, 1);
    assert.match(receipt.refusal ?? "", /series/);
  });

  it("of alerts survive the end of a run, so that their state can be restored", () => {
    // After a kill every alert would begin to wait anew if this fails.
    using store = temporaryStore();
    const writer = store.writer();
    const refs = Uint32Array.of(writer.resolve({ __name__: "ALERTS" }), writer.resolve({ __name__: "ALERTS_FOR_STATE" }));
    writer.commit(noonMs, refs, Float64Array.of(1, 2), 2);
    writer.endLastRun(new Set(["ALERTS_FOR_STATE"]));
    const ends = store
      .reader()
      .select([], 0, Infinity)
      .map(({ labels, values }) => [labels["__name__"], values.length]);
    assert.deepEqual(ends, [
      ["ALERTS", 2],
      ["ALERTS_FOR_STATE", 1],
    ]);
  });
});
