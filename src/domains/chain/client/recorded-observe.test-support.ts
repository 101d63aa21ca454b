/** An observer's surroundings for tests: what is set, told and marked is recorded, and time stands still until it is moved. */
import type { Absence } from "../../../core/absence.ts";
import { configSchema } from "../../../core/config.ts";
import type { Logger } from "../../../core/logger.ts";
import type { NodeEvent } from "../../../core/node-event.ts";
import type { ObservedSpan } from "../../../core/observed-span.ts";
import type { ObserveContext } from "../../../core/observer.ts";

export interface RecordedObserve {
  readonly observe: ObserveContext;
  /** Series that have a value: `metric{label="value"}` without empty labels. */
  readonly values: () => Readonly<Record<string, number>>;
  readonly absences: ReadonlyMap<string, Absence>;
  readonly events: readonly NodeEvent[];
  readonly spans: readonly ObservedSpan[];
  readonly marks: readonly string[];
  readonly advance: (ms: number) => void;
}

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** `section`: as below `performance_monitoring`. */
export function recordObserve(section: unknown = {}): RecordedObserve {
  const series = new Map<string, number | null>();
  const absences = new Map<string, Absence>();
  const events: NodeEvent[] = [];
  const spans: ObservedSpan[] = [];
  const marks: string[] = [];
  let nowMs = 1_700_000_000_000;
  return {
    observe: {
      config: configSchema.parse(section),
      node: "n1",
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      logger: quiet,
      series(metric, labels) {
        const parts = Object.entries(labels).flatMap(([name, value]) => (value === "" ? [] : [`${name}="${value}"`]));
        const key = `${metric.name}{${parts.sort().join(",")}}`;
        return {
          set: (value) => void series.set(key, value),
          clear: () => void series.set(key, null),
          release: () => void series.delete(key),
        };
      },
      absent: (source, _metrics, absence) => void absences.set(source, absence),
      present: (source) => void absences.delete(source),
      emit: (event) => void events.push(event),
      span: (span) => void spans.push(span),
      eachStored: () => Promise.resolve(),
      watchSpans: () => undefined,
      exemplar: () => undefined,
      clockOf: () => null,
      annotate: ({ title }) => void marks.push(title),
    },
    values: () => Object.fromEntries([...series].flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
    absences,
    events,
    spans,
    marks,
    advance: (ms) => void (nowMs += ms),
  };
}
