/** The chain's view, charts and figures of the fleet over a client that has a series for each declared metric and label value. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { labelValue } from "../src/core/labels.ts";
import type { Metric } from "../src/core/metric.ts";
import { expandQuery } from "../src/core/promql-text.ts";
import type { ViewField } from "../src/core/view.ts";
import { chain } from "../src/domains/chain/index.ts";
import { machineMetrics } from "../src/domains/chain/machine/metrics.ts";
import type { VectorSample } from "../src/query/api.ts";
import { forEveryNode } from "../src/query/every-node.ts";
import { createQueryService } from "../src/query/service.ts";
import { temporaryStore } from "../src/store/temporary-store.test-support.ts";
import { seriesOfMetric } from "./support/metric-series.ts";

const stepMs = 15_000;
/** Growth of the database is told after an hour. */
const steps = 300;
const untilMs = steps * stepMs;
/** A client that executes, one chain, validators that have duties. */
const text: Readonly<Record<string, string>> = {
  simulated: "",
  "chain.layer": "execution",
  "validator.status": "active_ongoing",
};

/** Everything grows: counters have rates, databases growth, and disks fill. */
function valueAt(metric: Metric, step: number): number {
  if (metric === machineMetrics.diskReadonly) return 0;
  if (metric === machineMetrics.diskSpace) return 1e6 - step;
  return metric.kind === "counter" ? step : 1 + step / 1000;
}

const store = temporaryStore();
after(() => store[Symbol.dispose]());
const writer = store.writer();
const all = [...Object.values(chain.metrics), ...Object.values(machineMetrics)].flatMap((metric) =>
  seriesOfMetric(metric, text).map((labels) => ({ metric, ref: writer.resolve(labels) })),
);
const refs = Uint32Array.from(all, ({ ref }) => ref);
for (let step = 1; step <= steps; step++) {
  writer.commit(
    step * stepMs,
    refs,
    Float64Array.from(all, ({ metric }) => valueAt(metric, step)),
    refs.length,
  );
}
const service = createQueryService(store.reader());

function ask(query: string): readonly VectorSample[] {
  const answer = service.instant(query, untilMs);
  return answer.type === "vector" ? answer.samples : assert.fail(answer.type);
}

const askNode = (expr: string): readonly VectorSample[] =>
  ask(expandQuery(expr, { node: "n", stepMs: null, samplingIntervalMs: stepMs }));

/** What a field shows must be one number, or be made one. */
function checkField({ name, expr, reduce = "only" }: ViewField, elements: readonly VectorSample[]): void {
  assert.ok(elements.length > 0, `${name} has no value: ${expr}`);
  assert.ok(reduce !== "only" || elements.length === 1, `${name} has several values: ${JSON.stringify(elements)}`);
  for (const { value } of elements) assert.ok(Number.isFinite(value), `${name} is ${value}`);
}

describe("on a client that has everything", () => {
  // A chart would stay empty, or a field null, for ever: a label that does not match fails without a word.
  for (const section of chain.panels) {
    it(`each chart of ${section.title} draws something`, () => {
      for (const { id, queries } of section.panels) {
        for (const { expr, legend } of queries) {
          const elements = askNode(expr);
          assert.ok(elements.length > 0, `${id} is empty: ${expr}`);
          for (const [, label = ""] of legend.matchAll(/\{\{([^{}]+)\}\}/g)) {
            assert.notEqual(labelValue(elements[0]?.labels ?? {}, label), "", `${id} has no ${label} for its legend`);
          }
        }
      }
    });
  }

  it("each field of the view has one value, and each row its labels", () => {
    const [view] = chain.views;
    assert.deepEqual(
      view?.fields.slice(0, 3).map(({ name }) => name),
      ["headBlock", "syncLagBlocks", "transactionsPerSecond"],
    );
    for (const field of view?.fields ?? []) checkField(field, askNode(field.expr ?? ""));
    for (const { name, key, labels = [], fields } of view?.lists ?? []) {
      for (const [index, field] of fields.entries()) {
        const rows = Map.groupBy(askNode(field.expr ?? ""), (element) => labelValue(element.labels, key.label));
        assert.ok(rows.size > 0 && !rows.has(""), `${name}.${field.name} has no rows: ${field.expr}`);
        for (const elements of rows.values()) {
          checkField({ ...field, name: `${name}.${field.name}` }, elements);
          if (index > 0) continue;
          for (const { field: shown, label } of labels.filter((one) => one.label !== "simulated")) {
            assert.notEqual(labelValue(elements[0]?.labels ?? {}, label), "", `${name}.${shown} is not known`);
          }
        }
      }
    }
  });

  it("each figure of the fleet has a value for the node", () => {
    for (const { name, expr } of chain.fleet ?? []) {
      const elements = ask(forEveryNode(expr ?? "", { intervalMs: null, samplingIntervalMs: stepMs }));
      assert.deepEqual(new Set(elements.map(({ labels }) => labelValue(labels, "node"))), new Set(["n"]), name);
    }
  });

  it("each metric is in a chart, in the view, or in a check", () => {
    // What nobody can see need not be collected.
    const shown = [
      ...chain.panels.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries.map(({ expr }) => expr))),
      ...chain.views
        .flatMap(({ fields, lists = [] }) => [...fields, ...lists.flatMap((list) => list.fields)])
        .map(({ expr }) => expr),
      ...chain.checks.map(({ expr }) => expr),
    ].join("\n");
    const hidden = Object.values(chain.metrics).filter(({ prometheusName }) => !shown.includes(`${prometheusName}{`));
    assert.deepEqual(
      hidden.map(({ name }) => name),
      [],
    );
  });
});
