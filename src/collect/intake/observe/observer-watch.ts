/**
 * One observer under the service's care: opened when there is something to watch, tried again when it could not be opened, closed and
 * opened anew when the configuration changes. What it holds is told to the data thread in messages that `take` makes.
 */
import type { Absence } from "../../../core/absence.ts";
import type { ClockOffset } from "../../../core/agent-record.ts";
import type { Annotation } from "../../../core/annotation.ts";
import type { Clock } from "../../../core/clock.ts";
import type { Config } from "../../../core/config.ts";
import type { Logger } from "../../../core/logger.ts";
import type { ObserveContext, Observer, ObserverDeclaration } from "../../../core/observer.ts";
import type { TelemetryReader } from "../../../core/telemetry-reader.ts";
import { completeLabels } from "../../complete-labels.ts";
import type { WatchedSink } from "../watched-sink.ts";
import { heldSeriesMax, HeldSeriesTable, type SeriesChange } from "./held-series-table.ts";
import type { ObservedChange } from "./observed-change.ts";
import type { ObservedTelemetry } from "./observed-telemetry.ts";
import { eachStoredTrace } from "./stored-traces.ts";
import { ToldAbsences } from "./told-absences.ts";

/** Marks that one observer may put within a minute; more would hide the chart. */
const marksPerMinute = 30;
const minuteMs = 60_000;
/** An observer that does not come back from opening or closing by then has failed. */
const turnMsMax = 30_000;

const seriesLimit: Absence = {
  reason: "limit_reached",
  detail: `it holds ${heldSeriesMax} series, and takes no more`,
  fix: "Watch fewer programs with one node.",
};

export interface WatchOptions {
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is stored beside samples. */
  readonly stored: Pick<ObservedTelemetry, "addEvent" | "addSpan" | "addExemplar" | "flush">;
  /** Of what is stored beside samples; whoever opens it closes it. */
  readonly openReader: () => TelemetryReader;
  readonly watchSpans: WatchedSink["watchSpans"];
  readonly clockOf: (node: string) => ClockOffset | null;
  readonly annotate: (annotation: Annotation) => void;
  /** There is something to be told. */
  readonly onChange: () => void;
}

/** What is held from one opening to the next. */
interface Holdings {
  readonly series: HeldSeriesTable;
  readonly absences: ToldAbsences;
}

export class ObserverWatch {
  readonly declaration: ObserverDeclaration;
  readonly #options: WatchOptions;
  readonly #logger: Logger;
  #observer: Observer | null = null;
  #holdings: Holdings;
  /** Ends what the observer listens to. */
  #unwatch: (() => void)[] = [];
  #failure: string | null = null;
  /** The next message is to say all anew. */
  #begins = false;
  #marks = { sinceMs: -Infinity, count: 0 };

  constructor(declaration: ObserverDeclaration, options: WatchOptions) {
    this.declaration = declaration;
    this.#options = options;
    this.#logger = options.logger.child({ observer: declaration.id });
    this.#holdings = this.#newHoldings();
  }

  /** Opens it, unless it is open already, or there is nothing to watch. Never rejects. */
  async open(config: Config): Promise<void> {
    if (this.#observer !== null) return;
    try {
      if (await inTime(async () => this.declaration.wanted(config), "say whether it is wanted")) {
        this.#renew();
        this.#observer = await openInTime(this.declaration, this.#context(config));
        if (this.#failure !== null) this.#logger.info("observer works again");
      } else if (this.#failure === null) return;
      this.#failure = null;
    } catch (error) {
      this.#renew();
      const message = error instanceof Error ? error.message : String(error);
      if (message !== this.#failure) this.#logger.error("observer could not be opened", { error });
      this.#failure = message;
    }
    this.#begin();
  }

  /** Ends what it holds, at once for whoever reads it. Never rejects. */
  async close(): Promise<void> {
    const observer = this.#observer;
    if (observer === null) return;
    this.#observer = null;
    this.#renew();
    this.#begin();
    try {
      await inTime(async () => observer.close(), "close");
    } catch (error) {
      this.#logger.warn("observer did not close cleanly", { error });
    }
  }

  /** What is to be told next; `null` where there is nothing. `isSign`: of an open one then too, as a sign of life. */
  take(isSign = false): ObservedChange | null {
    const isOpen = this.#observer !== null;
    // What one that is being opened holds already is told when it is open.
    const series = isOpen ? this.#holdings.series.take() : null;
    const absences = isOpen ? this.#holdings.absences.take() : [];
    const begins = this.#begins;
    if (series === null && absences.length === 0 && !begins && !(isSign && isOpen)) return null;
    this.#begins = false;
    return { observer: this.declaration.id, begins, isOpen, failure: this.#failure, ...(series ?? noChange()), absences };
  }

  /** The data thread knows nothing of it any more. */
  again(): void {
    this.#holdings.series.again();
    this.#holdings.absences.again();
    this.#begin();
  }

  #begin(): void {
    this.#begins = true;
    this.#options.onChange();
  }

  /** What was held and listened to until now ends. */
  #renew(): void {
    this.#holdings = this.#newHoldings();
    for (const end of this.#unwatch) end();
    this.#unwatch = [];
  }

  #newHoldings(): Holdings {
    const { onChange } = this.#options;
    const { metrics } = this.declaration;
    const absences = new ToldAbsences(metrics, onChange);
    const onFull = (): void => absences.report("series limit", metrics, seriesLimit);
    return { series: new HeldSeriesTable({ metrics, onChange, onFull }), absences };
  }

  /** For one opening: when that is over, whatever the observer still says has no effect. */
  #context(config: Config): ObserveContext {
    const { node, clock, stored, openReader, watchSpans, clockOf } = this.#options;
    const holdings = this.#holdings;
    const { series, absences } = holdings;
    const isCurrent = (): boolean => holdings === this.#holdings;
    return {
      config,
      node,
      clock,
      logger: this.#logger,
      series: (metric, labels) => series.series(metric, labels),
      absent: (source, metrics, absence) => absences.report(source, metrics, absence),
      present: (source) => absences.clear(source),
      emit: (event) => {
        if (isCurrent()) stored.addEvent(event);
      },
      span: (span) => {
        if (isCurrent()) stored.addSpan(span);
      },
      eachStored: async (wish, visit) => {
        stored.flush();
        await eachStoredTrace(wish, { node, clock, openReader }, visit);
      },
      watchSpans: (listener) => {
        if (isCurrent()) this.#unwatch.push(watchSpans(listener));
      },
      exemplar: (metric, labels, exemplar) => {
        const held = completeLabels(metric, series.checked(metric, labels), node);
        if (isCurrent()) stored.addExemplar({ series: held, exemplars: [exemplar] });
      },
      clockOf: (other) => (other === node ? { offsetMs: 0, errorMs: 0 } : clockOf(other)),
      annotate: (annotation) => {
        if (isCurrent()) this.#annotate({ ...annotation, node });
      },
    };
  }

  #annotate(annotation: Annotation): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#marks.sinceMs >= minuteMs) this.#marks = { sinceMs: nowMs, count: 0 };
    if (this.#marks.count++ < marksPerMinute) this.#options.annotate(annotation);
    else if (this.#marks.count === marksPerMinute + 1) this.#logger.warn("marks are left out: there are too many of them");
  }
}

async function openInTime(declaration: ObserverDeclaration, context: ObserveContext): Promise<Observer> {
  const opening = (async () => declaration.open(context))();
  try {
    return await inTime(() => opening, "open");
  } catch (error) {
    // One that opens too late is not needed any more.
    opening
      .then((late) => late.close())
      .catch((reason: unknown) => context.logger.debug("observer has ended", { error: reason }));
    throw error;
  }
}

/** Rejects when the time is over. */
async function inTime<T>(work: () => Promise<T>, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it did not ${what} within ${turnMsMax / 1000} s`)), turnMsMax);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Its arrays are moved with the message. */
function noChange(): SeriesChange {
  return { named: [], ids: new Uint32Array(0), values: new Float64Array(0), cleared: [], released: [] };
}
