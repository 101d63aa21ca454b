/**
 * What a domain hands over to watch programs that answer over the network: they are slow, may hang, and may lie. An observer runs in the
 * intake thread with timers and subscriptions of its own, never in the one that ticks: whatever an answer does, no tick waits for it.
 */
import type { Absence } from "./absence.ts";
import type { Annotation } from "./annotation.ts";
import type { ClockOffset } from "./agent-record.ts";
import type { Clock } from "./clock.ts";
import type { SeriesHandle } from "./collector.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import type { LabelValues, Metric } from "./metric.ts";
import type { Exemplar } from "./exemplar.ts";
import type { NodeEvent } from "./node-event.ts";
import type { ObservedSpan } from "./observed-span.ts";
import type { Span } from "./span.ts";

/** A series whose value holds from tick to tick until it is set anew, or cleared. */
export interface HeldSeries extends SeriesHandle {
  /** There is no value now: the source does not answer. The series goes stale, and lives again with the next `set`. */
  clear(): void;
  /** The series ends. What is set after that has no effect: ask for the series again. */
  release(): void;
}

/** Which traces: those in which a span of that service has that name and that attribute, as `attributeText` writes it. */
export interface StoredWish {
  readonly service: string;
  readonly name: string;
  readonly attribute: { readonly key: string; readonly value: string };
  readonly tracesMax: number;
}

export interface ObserveContext {
  readonly config: Config;
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Resolves a series; the label `node` is added. The same labels give the same series. It is not written before it is set. Label values
   * are cleaned and cut at 256 characters. Beyond 10,000 series of one observer what is set has no effect, and an absence says so.
   */
  series<M extends Metric>(metric: M, labels: LabelValues<M>): HeldSeries;
  /** As for collectors: `metrics` cannot be read from `source`; `present(source)` takes it back. At most 1,000 sources. */
  absent(source: string, metrics: readonly Metric[], absence: Absence): void;
  present(source: string): void;
  /** Stores an event, or replaces the one with its key, within a second. One that is too long is left out, and counted. */
  emit(event: NodeEvent): void;
  /** Stores a span of this node within a second, or replaces the one with its trace id, span id and start. Beyond bounds it is left out, and counted. */
  span(span: ObservedSpan): void;
  /**
   * What is stored of this node already, by whatever run: traces, newest first, as far as five seconds go, each with those of its spans that are of
   * this node and that service. Rejects where they cannot be read.
   */
  eachStored(wish: StoredWish, visit: (spans: readonly Span[]) => void): Promise<void>;
  /** Every span that is stored here from now on, whoever sent it, as long as the observer is open. It is not to throw, nor to take long. */
  watchSpans(listener: (spans: readonly Span[]) => void): void;
  /** Leads from a value of one of its series to the trace that it is of. */
  exemplar<M extends Metric>(metric: M, labels: LabelValues<M>, exemplar: Exemplar): void;
  /** How far this machine's clock is ahead of that agent's; `null`: it is none of our agents, or not known yet. Of this node itself: 0, without error. */
  clockOf(node: string): ClockOffset | null;
  /** Puts a mark on every chart's time axis; at most 30 a minute. */
  annotate(annotation: Omit<Annotation, "node">): void;
}

export interface Observer {
  /** All that it holds ends with it: what comes later has no effect. */
  close(): void | Promise<void>;
}

export interface ObserverDeclaration {
  /** `domain.what`; a label value of ChainPulse's own metrics, as a collector's id is. */
  readonly id: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** Whether there is, or may come to be, something to watch. Asked again from time to time: no thread is started for nothing. */
  wanted(config: Config): boolean | Promise<boolean>;
  /** It watches what others bring: it is opened where the thread runs for something else, and no thread is started for it alone. */
  readonly followsOthers?: boolean;
  /** Why it watches nothing, and what to do about it, while it is not wanted. */
  idle?(config: Config): Absence;
  open(context: ObserveContext): Observer | Promise<Observer>;
}
