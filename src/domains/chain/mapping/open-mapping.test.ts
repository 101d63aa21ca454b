/**
 * The traps that clients' metrics have in store (reference: each was found in a client's source or output), on real texts where there are
 * some.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { nodeRecordings, recordedMetrics } from "../../../../test/support/node-recordings.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { consensusMetrics as v } from "../consensus/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { chainRuntimeMetrics as r } from "../runtime/metrics.ts";
import { type Dialect, type MappingRule, rule, scaled, sum } from "./dialect.ts";
import { gethDialect } from "./dialects/geth.ts";
import { lodestarValidatorDialect } from "./dialects/lodestar-validator.ts";
import { substrateDialect } from "./dialects/substrate.ts";
import { openSeriesLab, type SeriesLab } from "./mapping.test-support.ts";
import { type Mapping, openMapping } from "./open-mapping.ts";
import { groupsMax } from "./rule-labels.ts";

function open(dialect: Dialect): { readonly lab: SeriesLab; readonly mapping: Mapping; readonly read: (text: string) => void } {
  const lab = openSeriesLab();
  const mapping = openMapping(lab, dialect);
  return { lab, mapping, read: (text) => void mapping.write(Buffer.from(text), "text") };
}

const of = (...rules: readonly MappingRule[]): Dialect => ({ title: "A client's metrics", rules });
const valuesOf = (dialect: Dialect, text: string): Readonly<Record<string, number>> => {
  const { lab, read } = open(dialect);
  read(text);
  return lab.values();
};

const phase = (name: string, metric: { readonly name: string }): string => `${metric.name}{block.phase="${name}"}`;

/** As a newer Geth writes a block's timer that is emptied by each scrape. */
function resettingTimer(name: string, count: number, medianNs: number): string {
  const quantiles = ["0.50", "0.95", "0.99"].map((quantile) => `${name} {quantile="${quantile}"} ${medianNs}`);
  return [`# TYPE ${name}_count counter`, `${name}_count ${count}`, "", `# TYPE ${name} summary`, ...quantiles, ""].join("\n");
}

// If one of these fails, an operator of such a client gets a wrong number, or a rate that is negative.
describe("Geth", () => {
  test("a blank before the braces, gauges that are counters, nanoseconds", { skip: nodeRecordings.skip }, () => {
    const { lab, mapping } = open(gethDialect);
    mapping.write(recordedMetrics("geth"), "text");
    const values = lab.values();
    assert.equal(values[p.received.name], 4_520_041);
    assert.equal(values[r.gcTime.name], 0.0012269);
  });

  test("a timer without observations has percentiles of 0, which are no times", { skip: nodeRecordings.skip }, () => {
    const { lab, mapping } = open(gethDialect);
    mapping.write(recordedMetrics("geth"), "text");
    const values = lab.values();
    assert.equal(values[phase("total", b.processed)], 0);
    assert.equal(values[phase("total", b.lastProcessing)], undefined);
    assert.equal(values[phase("total", b.processingTime)], undefined);
  });

  test("a timer that is emptied by each scrape is added up, from the second scrape on", () => {
    const { lab, read } = open(gethDialect);
    const at = (): readonly (number | undefined)[] => {
      const values = lab.values();
      return [b.processed, b.processingTime, b.lastProcessing].map((metric) => values[phase("total", metric)]);
    };
    // All blocks of the time before ChainPulse watched.
    read(resettingTimer("chain_inserts", 5000, 3e7));
    assert.deepEqual(at(), [0, 0, 0.03]);
    read(resettingTimer("chain_inserts", 1, 8e7));
    assert.deepEqual(at(), [1, 0.08, 0.08]);
    // No block came: the timer is not there, and nothing is lost.
    read("chain_head_block 7\n");
    assert.deepEqual(at(), [1, 0.08, 0.08]);
    // Of two observations the median is the mean.
    read(resettingTimer("chain_inserts", 2, 5e7));
    assert.deepEqual(at(), [3, 0.18, 0.05]);
  });

  test("what was added up has no value while the client does not answer, and goes on where it was", () => {
    const { lab, mapping, read } = open(gethDialect);
    read("chain_head_block 1\n");
    read(resettingTimer("chain_inserts", 3, 1e9));
    mapping.clear();
    assert.deepEqual(lab.values(), {});
    read("chain_head_block 2\n");
    assert.equal(lab.values()[phase("total", b.processed)], 3);
  });

  test("a phase that took less than nothing does not make its sum fall", () => {
    const { lab, read } = open(gethDialect);
    read("chain_head_block 1\n");
    read(resettingTimer("chain_validation", 1, 4e6));
    read(resettingTimer("chain_validation", 1, -3e6));
    assert.equal(lab.values()[phase("validate", b.processingTime)], 0.004);
    assert.equal(lab.values()[phase("validate", b.processed)], 2);
  });

  test("phases that several timers make up are their sum", () => {
    const { lab, read } = open(gethDialect);
    read("chain_head_block 1\n");
    read([resettingTimer("chain_account_reads", 1, 2e6), resettingTimer("chain_storage_reads", 1, 3e6)].join("\n"));
    assert.equal(lab.values()[phase("state_read", b.processed)], 1);
    assert.equal(lab.values()[phase("state_read", b.processingTime)], 0.005);
  });

  test("gas per second is a timer whose nanoseconds are Mgas", () => {
    const { lab, read } = open(gethDialect);
    read(resettingTimer("chain_mgasps", 1, 412));
    assert.equal(lab.values()[b.throughput.name], 412e6);
  });

  test("finalised and safe are 0 until a consensus client has named them", () => {
    const text = "chain_head_block 9\nchain_head_finalized 0\nchain_head_safe 5\n";
    const values = valuesOf(gethDialect, text);
    assert.equal(values[`${b.number.name}{block.tag="finalized"}`], undefined);
    assert.equal(values[`${b.number.name}{block.tag="safe"}`], 5);
  });

  test("pauses are a sum in an old Geth and percentiles in a new one, under the same name", () => {
    assert.equal(valuesOf(gethDialect, "system_memory_pauses 2000000000\n")[r.gcTime.name], 2);
    const text = 'system_memory_pauses_count 4\nsystem_memory_pauses {quantile="0.5"} 2000000\n';
    assert.equal(valuesOf(gethDialect, text)[r.gcTime.name], undefined);
  });

  test("peers have a direction in a new Geth, and none in an old one", () => {
    const values = valuesOf(gethDialect, "p2p_peers 9\np2p_peers_inbound 2\np2p_peers_outbound 7\n");
    assert.deepEqual(
      ["inbound", "outbound", "unknown"].map((direction) => values[`${p.count.name}{peer.direction="${direction}"}`]),
      [2, 7, undefined],
    );
    assert.equal(valuesOf(gethDialect, "p2p_peers 9\n")[`${p.count.name}{peer.direction="unknown"}`], 9);
  });
});

describe("other clients", () => {
  test("Substrate: microseconds in buckets that were made for seconds", { skip: nodeRecordings.skip }, () => {
    const { lab, mapping } = open(substrateDialect);
    mapping.write(recordedMetrics("substrate"), "text");
    // 6.3 s for 13,953 calls, not 6.3 million.
    assert.equal(lab.values()["chainpulse.chain.rpc.served.time"]?.toFixed(3), "6.328");
  });

  test("Substrate: names begin as who built it has it", () => {
    for (const prefix of ["substrate_", "polkadot_"]) {
      const values = valuesOf(substrateDialect, `${prefix}block_height{status="best",chain="x"} 7\n`);
      assert.equal(values[`${b.number.name}{block.tag="head"}`], 7, prefix);
    }
  });

  test("Lodestar: a histogram's sum falls below 0, and is a mean, no counter", { skip: nodeRecordings.skip }, () => {
    const { lab, mapping, read } = open(lodestarValidatorDialect);
    const delay = `${v.publishDelay.name}{duty="attestation"}`;
    mapping.write(recordedMetrics("lodestar-1.5.1-vc"), "text");
    assert.equal(lab.values()[delay], undefined, "one look says nothing of what is new");
    const histogram = "vc_attester_step_call_publish_attestation_seconds";
    read(`${histogram}_sum -282.5649993419647\n${histogram}_count 147\n`);
    assert.equal(lab.values()[delay], -2);
  });

  test("negative bounds of a histogram are read over", () => {
    const text = 'h_bucket{le="-1.5"} 1\nh_bucket{le="+Inf"} 2\nh_sum -3\nh_count 2\nx 1\n';
    assert.deepEqual(valuesOf(of(rule(b.lag, {}, sum("x"))), text), { [b.lag.name]: 1 });
  });

  test("a series that stands there twice counts once", () => {
    const text = 'x{a="1",b="2"} 5\nx{b="2",a="1"} 7\nx{a="2"} 1\n';
    assert.deepEqual(valuesOf(of(rule(b.lag, {}, sum("x"))), text), { [b.lag.name]: 6 });
  });

  test("the lag is not negative where the head is newer than what it is compared with", () => {
    const lag = rule(b.lag, {}, { kind: "value", plus: ["best"], minus: ["head"], atLeast: 0 });
    assert.deepEqual(valuesOf(of(lag), "best 4\nhead 5\n"), { [b.lag.name]: 0 });
    assert.deepEqual(valuesOf(of(lag), "best 4\n"), {}, "without the other figure there is no lag");
  });

  test("what is no number is absent", () => {
    assert.deepEqual(valuesOf(of(rule(b.lag, {}, sum("x"))), "x NaN\n"), {});
    assert.deepEqual(valuesOf(of(rule(b.lag, {}, scaled({ factor: 2 }, "x"))), "x +Inf\n"), {});
  });

  test("what is not there any more has no value", () => {
    const { lab, read } = open(of(rule(b.lag, {}, sum("x")), rule(b.syncing, {}, sum("y"))));
    read("x 1\ny 1\n");
    read("y 1\n");
    assert.deepEqual(lab.values(), { [b.syncing.name]: 1 });
  });

  test("a text that ends in the middle of a line writes nothing", () => {
    const { lab, read } = open(of(rule(b.lag, {}, sum("x"))));
    read("x 1\n");
    assert.throws(() => read('x 2\ny{a="'), { code: "EXPOSITION_INVALID" });
    assert.deepEqual(lab.values(), { [b.lag.name]: 1 });
  });
});

const count = fc.integer({ min: 0, max: 1_000_000 });

test("what a client empties at each scrape is added up to what it has counted since the first one", () => {
  // If this fails, blocks and their time are lost or counted twice.
  fc.assert(
    fc.property(fc.array(fc.option(count), { minLength: 1, maxLength: 20 }), (scrapes) => {
      const lab = openSeriesLab();
      const source = { kind: "value", plus: ["x"], resetOnScrape: true } as const;
      const mapping = openMapping(lab, { title: "A", rules: [rule(b.reorgs, {}, source)] });
      for (const value of scrapes) mapping.write(Buffer.from(value === null ? "y 1\n" : `x ${value}\n`), "text");
      const expected = scrapes.slice(1).reduce((total: number, value) => total + (value ?? 0), 0);
      assert.equal(lab.values()[b.reorgs.name] ?? 0, expected);
    }),
  );
});

test("a mean is that of what was observed since the scrape before, and of nothing before a restart", () => {
  // If this fails, a client's restart looks like a block that took hours.
  const observation = fc.record({
    sum: fc.integer({ min: -1000, max: 1000 }),
    count: fc.integer({ min: 0, max: 50 }),
    isRestarted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(observation, { minLength: 1, maxLength: 20 }), (scrapes) => {
      const lab = openSeriesLab();
      const mapping = openMapping(lab, { title: "A", rules: [rule(b.lag, {}, { kind: "mean", of: "h" })] });
      let total = { sum: 0, count: 0 };
      let before: typeof total | null = null;
      let expected: number | undefined;
      for (const scrape of scrapes) {
        total = scrape.isRestarted
          ? { sum: scrape.sum, count: scrape.count }
          : { sum: total.sum + scrape.sum, count: total.count + scrape.count };
        mapping.write(Buffer.from(`h_sum ${total.sum}\nh_count ${total.count}\n`), "text");
        if (before !== null && total.count > before.count) expected = (total.sum - before.sum) / (total.count - before.count);
        before = total;
        assert.equal(lab.values()[b.lag.name], expected);
      }
    }),
  );
});

test("samples are added up by the labels that a rule takes, all of them and each once", () => {
  // If this fails, one peer's or one method's figures are shown as another's.
  const sample = fc.record({ dir: fc.constantFrom("in", "out", "odd"), id: fc.integer({ min: 0, max: 5 }), value: count });
  const samples = fc.uniqueArray(sample, { selector: ({ dir, id }) => `${dir}${id}`, maxLength: 18 });
  const dialect: Dialect = {
    title: "A",
    rules: [
      rule(
        p.count,
        { "peer.direction": { from: "dir", values: { in: "inbound", out: "outbound" }, other: "unknown" } },
        sum("x"),
      ),
    ],
  };
  fc.assert(
    fc.property(samples, (all) => {
      const lab = openSeriesLab();
      const text = all.map(({ dir, id, value }) => `x{dir="${dir}",id="${id}"} ${value}\n`).join("");
      openMapping(lab, dialect).write(Buffer.from(text), "text");
      const expected = Object.entries({ in: "inbound", out: "outbound", odd: "unknown" }).flatMap(([theirs, ours]) => {
        const mine = all.filter(({ dir }) => dir === theirs);
        const total = mine.reduce((so, { value }) => so + value, 0);
        return mine.length === 0 ? [] : [[`${p.count.name}{peer.direction="${ours}"}`, total] as const];
      });
      assert.deepEqual(lab.values(), Object.fromEntries(expected.sort(([a], [b2]) => (a < b2 ? -1 : 1))));
    }),
  );
});

test("a label that a client makes up gives so many series and no more, and nothing is lost", () => {
  // If this fails, a client can fill the store with series.
  const lab = openSeriesLab();
  const dialect = { title: "A", rules: [rule(v.engineRequests, { "rpc.method": { from: "m" } }, sum("x"))] };
  const text = Array.from({ length: 3 * groupsMax }, (_, index) => `x{m="m${index}"} 1\n`).join("");
  openMapping(lab, dialect).write(Buffer.from(text), "text");
  const values = lab.values();
  assert.equal(Object.keys(values).length, groupsMax + 1);
  assert.equal(values[`${v.engineRequests.name}{rpc.method="other"}`], 2 * groupsMax);
});

test("a value that our metric does not have is left out, or what the rule says", () => {
  // If this fails, a series has a label value that no chart and no check knows.
  const lab = openSeriesLab();
  const dialect = { title: "A", rules: [rule(p.count, { "peer.direction": { from: "dir" } }, sum("x"))] };
  openMapping(lab, dialect).write(Buffer.from('x{dir="inbound"} 1\nx{dir="sideways"} 2\nx 3\n'), "text");
  assert.deepEqual(lab.values(), { [`${p.count.name}{peer.direction="inbound"}`]: 1 });
});
