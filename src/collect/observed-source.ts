/**
 * One observer as the data thread sees it: what it holds, written into every tick by a collector like any other. Observers themselves run
 * in the intake thread (`intake/observe/`); when that has ended or does not answer, nothing of what it held is a value any more.
 */
import type { Absence } from "../core/absence.ts";
import type { Clock } from "../core/clock.ts";
import type { CollectContext, CollectorDeclaration, SeriesHandle } from "../core/collector.ts";
import type { Metric } from "../core/metric.ts";
import type { ObserverDeclaration } from "../core/observer.ts";
import type { NamedSeries, ObservedChange, ToldAbsence } from "./intake/observe/observed-change.ts";

/** An observer that is alive tells so every 5 s; after this long without a word its thread hangs, ms. */
const silenceMsMax = 30_000;
/** Series that are numbered in one tick: some ms. The others follow in the next ticks. */
const numberedPerTick = 512;
/** Under this name the observer itself is absent. */
const ownSource = "observer";

const threadEnded: Absence = {
  reason: "stale",
  detail: "the intake thread, which watches it, has ended; it is started anew",
};
const threadSilent: Absence = {
  reason: "stale",
  detail: `the intake thread, which watches it, has said nothing for ${silenceMsMax / 1000} s; it is ended and started anew`,
};
const nothingThere: Absence = { reason: "not_present", detail: "nothing that it could watch was found" };

interface Held {
  readonly named: NamedSeries;
  value: number | null;
  /** `null` while the store has not given it a number. */
  handle: SeriesHandle | null;
}

/** Whose word counts: the intake thread that has begun last. */
export type ObserveSession = symbol;

export class ObservedSource {
  readonly declaration: ObserverDeclaration;
  readonly #clock: Clock;
  readonly #metrics: ReadonlyMap<string, Metric>;
  readonly #held = new Map<number, Held>();
  readonly #withoutHandle = new Set<Held>();
  readonly #absences = new Map<string, NonNullable<ToldAbsence["absent"]>>();
  /** Of the scheduler that collects now. */
  #context: CollectContext | null = null;
  #session: ObserveSession | null = null;
  #isOpen = false;
  #failure: string | null = null;
  #heardMs = 0;
  /** Why nothing is held; `null`: because nothing is watched. */
  #lost: Absence | null = null;

  constructor(declaration: ObserverDeclaration, clock: Clock) {
    this.declaration = declaration;
    this.#clock = clock;
    this.#metrics = new Map(declaration.metrics.map((metric) => [metric.name, metric]));
  }

  /** What writes into the ticks. */
  get collector(): CollectorDeclaration {
    const { id, title, metrics } = this.declaration;
    return {
      id,
      title,
      metrics,
      open: (context) => {
        this.#context = context;
        for (const [source, absent] of this.#absences) this.#report(source, absent);
        this.#reportOwn();
        return { collect: () => this.#collect(context), close: () => this.#detach() };
      },
    };
  }

  /** Takes a message over; `false` where it builds on what is not known here. */
  apply(session: ObserveSession, change: ObservedChange): boolean {
    if (change.begins) {
      this.#forget();
      this.#session = session;
    } else if (this.#session !== session) return false;
    this.#heardMs = this.#clock.monotonicMs();
    this.#isOpen = change.isOpen;
    this.#failure = change.failure;
    this.#lost = null;
    for (const named of change.named) this.#name(named);
    for (const [index, id] of change.ids.entries()) this.#setValue(id, change.values[index] ?? null);
    for (const id of change.cleared) this.#setValue(id, null);
    for (const id of change.released) this.#release(id);
    for (const { source, absent } of change.absences) this.#tellAbsence(source, absent);
    if (change.begins) this.#reportOwn();
    return true;
  }

  /** The session's thread has ended. */
  end(session: ObserveSession): void {
    if (this.#session === session) this.#lose(threadEnded);
  }

  #lose(why: Absence): void {
    this.#forget();
    this.#session = null;
    this.#isOpen = false;
    this.#lost = why;
    this.#reportOwn();
  }

  #collect(context: CollectContext): void {
    if (this.#isOpen && this.#clock.monotonicMs() - this.#heardMs > silenceMsMax) this.#lose(threadSilent);
    if (this.#failure !== null) throw new Error(this.#failure);
    for (const { handle, value } of this.#held.values()) if (value !== null) handle?.set(value);
    let left = numberedPerTick;
    for (const held of this.#withoutHandle) {
      if (left-- === 0) break;
      held.handle = context.series(this.#metricOf(held.named.metric), held.named.labels);
      this.#withoutHandle.delete(held);
      if (held.value !== null) held.handle.set(held.value);
    }
  }

  #name(named: NamedSeries): void {
    const held: Held = { named, value: null, handle: null };
    this.#held.set(named.id, held);
    this.#withoutHandle.add(held);
  }

  #setValue(id: number, value: number | null): void {
    const held = this.#held.get(id);
    if (held !== undefined) held.value = value;
  }

  #release(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    held.handle?.release();
    this.#withoutHandle.delete(held);
    this.#held.delete(id);
  }

  #tellAbsence(source: string, absent: ToldAbsence["absent"]): void {
    if (absent === null) {
      this.#absences.delete(source);
      this.#context?.present(source);
    } else {
      this.#absences.set(source, absent);
      this.#report(source, absent);
    }
  }

  #report(source: string, { metrics, absence }: NonNullable<ToldAbsence["absent"]>): void {
    this.#context?.absent(
      source,
      metrics.map((name) => this.#metricOf(name)),
      absence,
    );
  }

  /** Whether the observer itself is there. */
  #reportOwn(): void {
    const context = this.#context;
    if (context === null) return;
    // One that could not be opened is a collector that fails, which says why.
    if (this.#isOpen || this.#failure !== null) {
      context.present(ownSource);
    } else {
      const absence = this.#lost ?? this.declaration.idle?.(context.config) ?? nothingThere;
      context.absent(ownSource, this.declaration.metrics, absence);
    }
  }

  #forget(): void {
    for (const id of this.#held.keys()) this.#release(id);
    for (const source of this.#absences.keys()) this.#context?.present(source);
    this.#absences.clear();
    this.#failure = null;
  }

  /** The scheduler ends: the next one numbers the series anew. */
  #detach(): void {
    this.#context = null;
    for (const held of this.#held.values()) {
      held.handle = null;
      this.#withoutHandle.add(held);
    }
  }

  /** Both threads run the same declarations. */
  #metricOf(name: string): Metric {
    const metric = this.#metrics.get(name);
    if (metric === undefined) throw new Error(`${this.declaration.id} does not declare ${name}`);
    return metric;
  }
}
