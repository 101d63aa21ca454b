/** A client's surroundings for tests: time stands still until it is moved, and what is written is recorded by metric and labels. */
import assert from "node:assert/strict";
import type { Absence } from "../../../core/absence.ts";
import { configSchema } from "../../../core/config.ts";
import type { Logger } from "../../../core/logger.ts";
import type { Metric } from "../../../core/metric.ts";
import type { NodeEvent } from "../../../core/node-event.ts";
import { observedSource, type ObservedSpan, spanOf } from "../../../core/observed-span.ts";
import { openSightings, type Sightings } from "../blocks/sightings.ts";
import type { ClientContext, ClientIdentity, ClientTarget } from "../client/client-kind.ts";

export interface RecordedClient {
  readonly context: ClientContext;
  /** Values that the metric's series have now: labels that are not the client's own, `name=value` joined by commas → value. */
  values(metric: Metric): Readonly<Record<string, number>>;
  /** The value of the metric's only series; `undefined` where it has none. */
  value(metric: Metric): number | undefined;
  /** Newest event of each kind and key. */
  events(kind: string): readonly Omit<NodeEvent, "subject">[];
  /** As they are stored: of several with one id and start the last one, in the order in which they were told first. */
  spans(name?: string): readonly Omit<ObservedSpan, "service">[];
  /** What an earlier watch of the client has stored. */
  readonly earlier: Omit<ObservedSpan, "service">[];
  /** Each telling of a span. */
  readonly toldSpans: readonly Omit<ObservedSpan, "service">[];
  readonly absences: ReadonlyMap<string, Absence>;
  readonly annotations: readonly string[];
  readonly identities: readonly ClientIdentity[];
  /** How often the client was said to answer. */
  answers(): number;
  /** Series that are resolved and not released. */
  seriesCount(): number;
  advance(ms: number): void;
  close(): void;
}

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** `sightings` is shared by clients of one node; `chain`: as in the configuration. */
export function recordClient(
  target: Partial<ClientTarget> = {},
  sightings: Sightings = openSightings(),
  chain: unknown = {},
): RecordedClient {
  const series = new Map<string, { readonly metric: Metric; readonly labels: string; value: number | null }>();
  const events = new Map<string, Omit<NodeEvent, "subject">>();
  const spans = new Map<string, Omit<ObservedSpan, "service">>();
  const earlier: Omit<ObservedSpan, "service">[] = [];
  const toldSpans: Omit<ObservedSpan, "service">[] = [];
  const absences = new Map<string, Absence>();
  const annotations: string[] = [];
  const identities: ClientIdentity[] = [];
  const stop = new AbortController();
  let answers = 0;
  let nowMs = 1_700_000_000_000;

  const seriesOf = (metric: Metric, own: Readonly<Record<string, string>>) => {
    const names = Object.keys(metric.labels).filter((name) => name !== "chain.client" && name !== "simulated");
    assert.deepEqual(Object.keys(own).sort(), names.toSorted(), `labels of ${metric.name}`);
    for (const name of names) {
      const allowed = metric.labels[name] ?? null;
      assert.ok(allowed === null || allowed.includes(own[name] ?? ""), `${metric.name}: ${name}="${own[name]}"`);
    }
    const labels = names.map((name) => `${name}=${own[name]}`).join(",");
    const key = `${metric.name}{${labels}}`;
    const entry = series.get(key) ?? { metric, labels, value: null };
    series.set(key, entry);
    return { key, entry };
  };

  const context: ClientContext = {
    target: {
      name: "client",
      rpc: null,
      ws: null,
      metrics: null,
      role: "full",
      p2pPort: null,
      mappingFile: null,
      simulated: false,
      isFound: false,
      ...target,
    },
    node: "n1",
    chain: configSchema.parse({ chain }).chain,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger: quiet,
    signal: stop.signal,
    series(metric, labels) {
      const { key, entry } = seriesOf(metric, labels);
      return {
        set(value) {
          assert.ok(Number.isFinite(value), `${key} is set to ${value}`);
          assert.equal(series.get(key), entry, `${key} is written after its release`);
          entry.value = value;
        },
        clear: () => void (entry.value = null),
        release: () => void series.delete(key),
      };
    },
    count(metric, labels, by) {
      assert.ok(by >= 0, `${metric.name} falls by ${by}`);
      const { entry } = seriesOf(metric, labels);
      entry.value = (entry.value ?? 0) + by;
    },
    answered: () => void answers++,
    clear() {
      for (const entry of series.values()) entry.value = null;
    },
    identified: (identity) => void identities.push(identity),
    startedAt: () => undefined,
    absent: (what, _metrics, absence) => void absences.set(what, absence),
    present: (what) => void absences.delete(what),
    sightings,
    emit: (kind, key, timeMs, fields) => void events.set(`${kind} ${key}`, { kind, key, timeMs, fields }),
    span(span) {
      spans.set(`${span.traceId} ${span.spanId} ${span.startNs}`, span);
      toldSpans.push(span);
    },
    async eachStored({ name, attribute: { key, value } }, visit) {
      const source = observedSource("n1", "client");
      for (const trace of Map.groupBy(earlier, ({ traceId }) => traceId).values()) {
        const isWanted = trace.some((span) => span.name === name && span.attributes[key] === value);
        if (isWanted) visit(trace.map((span) => spanOf({ ...span, service: "client" }, source)));
      }
    },
    annotate: (title) => void annotations.push(title),
  };

  const values = (metric: Metric): Readonly<Record<string, number>> =>
    Object.fromEntries(
      [...series.values()].flatMap((entry) =>
        entry.metric === metric && entry.value !== null ? [[entry.labels, entry.value] as const] : [],
      ),
    );
  return {
    context,
    values,
    value: (metric) => values(metric)[""],
    events: (kind) => [...events.values()].filter((event) => event.kind === kind),
    spans: (name) => [...spans.values()].filter((span) => name === undefined || span.name === name),
    earlier,
    toldSpans,
    absences,
    annotations,
    identities,
    answers: () => answers,
    seriesCount: () => series.size,
    advance: (ms) => void (nowMs += ms),
    close: () => stop.abort(),
  };
}
