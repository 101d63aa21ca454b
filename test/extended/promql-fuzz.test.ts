/**
 * Random queries of random shapes, asked of ChainPulse and of a real Prometheus 2.42 over the same samples.
 *
 *   CHAINPULSE_FUZZ_QUERIES=20000 CHAINPULSE_FUZZ_SEED=1 npm test -- promql-fuzz
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fuzzData } from "../support/promql-fuzz/data-set.ts";
import { ourEngine, prometheusEngine } from "../support/promql-fuzz/engines.ts";
import { fuzz } from "../support/promql-fuzz/fuzz.ts";

const queries = Number(process.env["CHAINPULSE_FUZZ_QUERIES"] ?? 1000);
const seed = Number(process.env["CHAINPULSE_FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

describe("PromQL beside a real Prometheus", () => {
  // If this fails, a panel, a rule or an alert that was written for Prometheus says something else here.
  it(`gives the same answers (${queries} queries, seed ${seed})`, async (t) => {
    const set = fuzzData();
    await using ours = await ourEngine(set);
    await using theirs = await prometheusEngine(set);
    const { asked, answers, known, unknown } = await fuzz({ ours, theirs, queries, seed });
    t.diagnostic(JSON.stringify({ asked, answers, known }));
    const lines = unknown.map(({ query, difference }) => `${JSON.stringify(query)}\n    ${difference}`);
    assert.ok(unknown.length === 0, `seed ${seed}, Prometheus is "there":\n${lines.join("\n")}`);
    // A rule that explains more than a few has become an excuse for a bug.
    for (const [id, count] of Object.entries(known)) assert.ok(count < 5 + asked / 100, `${count} times "${id}"`);
    assert.ok(asked >= queries, `${asked} of ${queries} queries were asked`);
    assert.ok(answers.full > asked / 3, "most queries ask for nothing that is there: the generator has lost the data");
  });
});
