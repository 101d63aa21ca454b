/**
 * A collector's surroundings for tests: what it reads comes from a fixture tree, what it writes is recorded and checked against
 * its declaration (no undeclared metric, no missing label, no value twice in a tick, no write after release).
 */
import assert from "node:assert/strict";
import type { Absence } from "../../src/core/absence.ts";
import type { Annotation } from "../../src/core/annotation.ts";
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../src/core/collector.ts";
import { type Config, configSchema } from "../../src/core/config.ts";
import type { Logger } from "../../src/core/logger.ts";
import type { Metric } from "../../src/core/metric.ts";
import type { RuntimeFacts } from "../../src/core/runtime.ts";

/** An absence with the metrics that it was given for. */
export interface RecordedAbsence extends Absence {
  /** Dotted names, in the order the collector gave them. */
  readonly metrics: readonly string[];
}

/** An opened collector and what it has said so far. */
export interface RecordedCollector {
  /** Runs one tick. Key: `system.cpu.time{cpu.logical_number="0",cpu.mode="idle"}`, labels in declared order. */
  tick(timestampMs?: number): Promise<Readonly<Record<string, number>>>;
  /** Source → absence, as of now. */
  readonly absences: ReadonlyMap<string, RecordedAbsence>;
  readonly annotations: readonly Omit<Annotation, "node">[];
  /** Messages at `warn` and above. */
  readonly complaints: readonly string[];
  /** Series that are resolved and not released. */
  readonly liveSeries: ReadonlySet<string>;
  close(): Promise<void>;
}

/** A configuration with defaults and the given host section, e.g. `{ proc_root: "…/proc", sys_root: "…/sys" }`. */
export function testConfig(host: Record<string, unknown> = {}): Config {
  return configSchema.parse({ host });
}

/** Only the self domain reads ChainPulse's own figures; a test of it hands some over. */
export const noRuntime: RuntimeFacts = {
  threads: () => assert.fail("this test has no runtime facts"),
  collectors: () => assert.fail("this test has no runtime facts"),
  tick: () => assert.fail("this test has no runtime facts"),
  store: () => assert.fail("this test has no runtime facts"),
  rules: () => assert.fail("this test has no runtime facts"),
  intake: () => assert.fail("this test has no runtime facts"),
  forward: () => assert.fail("this test has no runtime facts"),
  agents: () => assert.fail("this test has no runtime facts"),
};

/** Opens a collector on the recording context. */
export async function openRecorded(
  declaration: CollectorDeclaration,
  config: Config,
  runtime: RuntimeFacts = noRuntime,
): Promise<RecordedCollector> {
  const values = new Map<string, number>();
  const absences = new Map<string, RecordedAbsence>();
  const annotations: Omit<Annotation, "node">[] = [];
  const complaints: string[] = [];
  const liveSeries = new Set<string>();

  const context: CollectContext = {
    config,
    runtime,
    logger: recordingLogger(complaints),
    series: (metric, labels) => {
      checkDeclared(declaration, metric);
      const key = seriesKey(metric, labels);
      assert.ok(!liveSeries.has(key), `${key} is resolved twice`);
      liveSeries.add(key);
      return recordingHandle(key, values, liveSeries);
    },
    absent: (source, metrics, absence) => {
      for (const metric of metrics) checkDeclared(declaration, metric);
      absences.set(source, { ...absence, metrics: metrics.map((metric) => metric.name) });
    },
    present: (source) => void absences.delete(source),
    annotate: (annotation) => void annotations.push(annotation),
  };

  const collector: Collector = await declaration.open(context);
  let previousMs: number | null = null;
  return {
    absences,
    annotations,
    complaints,
    liveSeries,
    tick: async (timestampMs = (previousMs ?? 0) + 1000) => {
      values.clear();
      const elapsedSeconds = previousMs === null ? null : (timestampMs - previousMs) / 1000;
      previousMs = timestampMs;
      await collector.collect({ timestampMs, elapsedSeconds });
      return Object.fromEntries(values);
    },
    close: async () => await collector.close?.(),
  };
}

function recordingHandle(key: string, values: Map<string, number>, live: Set<string>): SeriesHandle {
  return {
    set: (value) => {
      assert.ok(live.has(key), `${key} is written after its release`);
      assert.ok(!values.has(key), `${key} is written twice in one tick`);
      assert.ok(Number.isFinite(value), `${key} is set to ${value}`);
      values.set(key, value);
    },
    release: () => {
      assert.ok(live.delete(key), `${key} is released twice`);
      values.delete(key);
    },
  };
}

function checkDeclared(declaration: CollectorDeclaration, metric: Metric): void {
  assert.ok(declaration.metrics.includes(metric), `${declaration.id} uses ${metric.name} without declaring it`);
}

function seriesKey(metric: Metric, labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(metric.labels);
  assert.deepEqual(Object.keys(labels).sort(), names.toSorted(), `labels of ${metric.name}`);
  if (names.length === 0) return metric.name;
  const pairs = names.map((name) => {
    const value = labels[name] ?? "";
    const allowed = metric.labels[name] ?? null;
    assert.ok(allowed === null || allowed.includes(value), `${metric.name}: ${name}="${value}" is not in its closed set`);
    return `${name}=${JSON.stringify(value)}`;
  });
  return `${metric.name}{${pairs.join(",")}}`;
}

function recordingLogger(complaints: string[]): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => void complaints.push(message),
    error: (message) => void complaints.push(message),
    child: () => logger,
  };
  return logger;
}
