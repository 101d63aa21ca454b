/** The charts, checks and metrics of traced transactions over series that have each declared label value. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { labelValue } from "../src/core/labels.ts";
import { expandQuery } from "../src/core/promql-text.ts";
import { tracing } from "../src/domains/tracing/index.ts";
import { createQueryService } from "../src/query/service.ts";
import { temporaryStore } from "../src/store/temporary-store.test-support.ts";
import { judge } from "./support/judge-checks.ts";
import { seriesOfMetric } from "./support/metric-series.ts";

const stepMs = 15_000;
const steps = 300;
const hourMs = 3_600_000;

describe("on traces of everything", () => {
  const store = temporaryStore();
  after(() => store[Symbol.dispose]());
  const writer = store.writer();
  const all = Object.values(tracing.metrics).flatMap((metric) =>
    seriesOfMetric(metric, { simulated: "" }).map((labels) => ({ metric, ref: writer.resolve(labels) })),
  );
  const refs = Uint32Array.from(all, ({ ref }) => ref);
  for (let step = 1; step <= steps; step++) {
    const values = Float64Array.from(all, ({ metric }) => (metric.kind === "counter" ? step : 1 + step / 1000));
    writer.commit(step * stepMs, refs, values, refs.length);
  }
  const service = createQueryService(store.reader());

  for (const { id, queries } of tracing.panels.flatMap(({ panels }) => panels)) {
    it(`the chart ${id} draws something, and names it`, () => {
      // A chart would stay empty for ever: a label that does not match fails without a word.
      for (const { expr, legend } of queries) {
        const answer = service.instant(
          expandQuery(expr, { node: "n", stepMs: null, samplingIntervalMs: stepMs }),
          steps * stepMs,
        );
        assert.ok(answer.type === "vector" && answer.samples.length > 0, expr);
        for (const [, label = ""] of legend.matchAll(/\{\{([^{}]+)\}\}/g)) {
          assert.notEqual(labelValue(answer.samples[0]?.labels ?? {}, label), "", `no ${label} for its legend`);
        }
      }
    });
  }

  it("each metric is in a chart or in a check", () => {
    // What nobody can see need not be told.
    const shown = [...tracing.panels.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)), ...tracing.checks];
    const text = shown.map(({ expr }) => expr).join("\n");
    const hidden = Object.values(tracing.metrics).filter(({ prometheusName }) => !text.includes(`${prometheusName}{`));
    assert.deepEqual(hidden, []);
  });
});

const stage =
  'chainpulse_tracing_stage_latency_seconds{node="n",chain_id="1",trace_kind="block",trace_stage="import",quantile="0.95"}';
const flows = 'chainpulse_tracing_flows_total{node="n",chain_id="1",trace_kind="transaction",trace_status="included"}';
const unseen = 'chainpulse_tracing_labels_total{node="n",chain_id="1",trace_label="not_propagated"}';

/** A sample each 15 s from 0 on. */
const cases: Readonly<
  Record<string, { readonly bad: readonly string[]; readonly good: readonly string[]; readonly message: string }>
> = {
  "tracing.stage_regression": {
    // After 100 minutes; it is judged after two hours.
    bad: [`${stage} 1x400 2.1x80`],
    good: [`${stage} 1x400 1.4x80`, stage.replace("import", "execute").concat(" 9x20")],
    message: "The stage import of a block on 1 takes 10 times its usual variation longer than usual, since ….",
  },
  "tracing.not_propagated": {
    bad: [`${flows} 0+10x480`, `${unseen} 0+3x480`],
    // Of a few, one says nothing.
    good: [`${flows} 0x470 1+1x9`, `${unseen} 0x470 1+1x9`],
    message: "30 % of the transactions on 1 have not reached all nodes within a minute.",
  },
};

describe("each check of traces", () => {
  it("has a case here", () => {
    assert.deepEqual(tracing.checks.map(({ id }) => id).sort(), Object.keys(cases).sort());
  });

  for (const check of tracing.checks) {
    it(`${check.id} fails on what it is for, and on nothing else`, async () => {
      // An operator would hear nothing of a fault, or of a fault where there is none.
      const { bad, good, message } = cases[check.id] ?? assert.fail("no case");
      const [failed] = await judge([check], bad, 2 * hourMs);
      assert.equal(failed?.message.replace(/since \d{4}-\S+Z/, "since …"), message);
      assert.deepEqual([failed?.status, failed?.action], ["warning", check.action]);
      const [passed] = await judge([check], good, 2 * hourMs);
      assert.equal(passed?.status, "ok");
    });
  }
});
