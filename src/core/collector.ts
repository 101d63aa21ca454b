/** What a domain hands to the collect stage: how to read one source, and which metrics come out of it. */
import type { Absence } from "./absence.ts";
import type { Annotation } from "./annotation.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import type { LabelValues, Metric } from "./metric.ts";
import type { RuntimeFacts } from "./runtime.ts";

/** One series of one metric, resolved once; writing to it costs an array store. */
export interface SeriesHandle {
  /** This tick's value. A handle that is not set in a tick has no sample there, and its series goes stale. */
  set(value: number): void;
  /** The thing behind the series is gone (a process, a device): forget the handle. */
  release(): void;
}

export interface CollectContext {
  readonly config: Config;
  readonly logger: Logger;
  /** ChainPulse's own figures. */
  readonly runtime: RuntimeFacts;
  /** Resolves a series; the label `node` is added. Keep the handle, do not resolve every tick. */
  series<M extends Metric>(metric: M, labels: LabelValues<M>): SeriesHandle;
  /** Says that `metrics` cannot be read from `source`. Saying the same again is free; `present(source)` takes it back. */
  absent(source: string, metrics: readonly Metric[], absence: Absence): void;
  present(source: string): void;
  /** Puts an event on every chart's time axis. */
  annotate(annotation: Omit<Annotation, "node">): void;
}

export interface Tick {
  /** The tick's timestamp, shared by all its samples: ms since the epoch. */
  readonly timestampMs: number;
  /** Seconds on the monotonic clock since this collector's previous run; `null` on its first. */
  readonly elapsedSeconds: number | null;
}

export interface Collector {
  /** Reads the source and sets handles. May throw: the scheduler counts it, logs it once and opens the breaker. */
  collect(tick: Tick): void | Promise<void>;
  close?(): void | Promise<void>;
}

export interface CollectorDeclaration {
  /** `domain.source`, e.g. `host.cpu`; a label value of ChainPulse's own metrics. */
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** Shortest time between two runs; default: every tick. For sources that are dear or slow to change. */
  readonly intervalMs?: number;
  /** Platforms (`process.platform`) it can work on; default: all. */
  readonly platforms?: readonly NodeJS.Platform[];
  open(context: CollectContext): Collector | Promise<Collector>;
}
