/** What every part of one evaluation shares. */
import { ChainPulseError } from "../../core/errors.ts";
import {
  type ReadNote,
  type ReadObserver,
  type SampleReader,
  type SeriesSamples,
  type TierStepMs,
  tierStepsMs,
} from "../../core/storage.ts";
import type { Expr, Span } from "../ast.ts";
import { formatGeneral } from "../go-format.ts";
import type { QueryBudget } from "../limits.ts";
import { positionOf } from "../parser/syntax-error.ts";
import { type BucketRepair, joinRepairs } from "./quantile.ts";
import type { Steps } from "./values.ts";

/** The times of the query itself, also inside a subquery: `start()`, `end()`, `step()`, `range()`. */
export interface QueryTimes {
  readonly startMs: number;
  /** As it was asked for; the last step may lie before it. */
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

export interface EvalContext {
  readonly reader: SampleReader;
  /** The query text, for positions in messages. */
  readonly text: string;
  /** The whole query: what a selector has to read depends on what is done with it. */
  readonly expr: Expr;
  /** The times that are evaluated: the query's own, or a subquery's. */
  readonly steps: Steps;
  readonly query: QueryTimes;
  /** How long a sample stands for its series. */
  readonly lookbackMs: number;
  readonly subqueryStepMs: number;
  readonly budget: QueryBudget;
  readonly notes: QueryNotes;
  readonly lastRead: LastRead;
}

/** What was read last: `a / a` asks for the same twice. */
export interface LastRead {
  key: string;
  samples: readonly SeriesSamples[];
}

/** More different messages than this tell nobody anything. */
const notesMax = 100;

/** Warnings and infos that accompany a result, each once. Source of the texts: Prometheus util/annotations. */
export class QueryNotes {
  readonly #text: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();
  readonly #repairs = new Map<string, Repairs>();
  /** By offset in the text. */
  readonly #positions = new Map<number, string>();

  constructor(text: string) {
    this.#text = text;
  }

  warn(message: string, span: Span): void {
    this.#add(this.#warnings, `PromQL warning: ${message}`, span);
  }

  inform(message: string, span: Span): void {
    this.#add(this.#infos, `PromQL info: ${message}`, span);
  }

  /** As `inform`, once for all steps at which classic buckets were repaired. `message` names the metric. */
  informOfRepair(message: string, span: Span, repair: BucketRepair, timeMs: number): void {
    const before = this.#repairs.get(message);
    if (before === undefined && this.#repairs.size >= notesMax) return;
    this.#repairs.set(message, {
      ...joinRepairs(before ?? null, repair),
      samples: (before?.samples ?? 0) + 1,
      firstMs: Math.min(before?.firstMs ?? timeMs, timeMs),
      lastMs: Math.max(before?.lastMs ?? timeMs, timeMs),
      span,
    });
  }

  /** What the store says of what it reads. It belongs to no place of the text. */
  ofRead(note: ReadNote): void {
    if (note.kind === "tier") {
      const [name, least] = [durationText(note.stepMs), durationText(leastWindowMs(note.stepMs))];
      const message = `computed from the ${name} tier, because raw samples are gone there`;
      this.#addWhole(this.#infos, `PromQL info: ${message}; look-back and ranges are at least ${least}`);
    } else {
      const [from, to] = [note.fromMs, note.toMs].map((timeMs) => new Date(timeMs).toISOString());
      this.#addWhole(this.#warnings, `PromQL warning: samples from ${from} to ${to} cannot be read: ${note.path} is damaged`);
    }
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get infos(): readonly string[] {
    const repairs = Array.from(this.#repairs, ([message, repairs]) => {
      const { boundMin, boundMax, dropMax, samples, firstMs, lastMs, span } = repairs;
      const bounds = `from buckets ${formatGeneral(boundMin)} to ${formatGeneral(boundMax)}`;
      const drop = `with a max diff of ${formatGeneral(dropMax, 2)}`;
      const times = `over ${samples} samples from ${utcSecond(firstMs)} to ${utcSecond(lastMs)}`;
      return `PromQL info: ${message}, ${bounds}, ${drop}, ${times} (${this.#positionOf(span)})`;
    });
    return [...this.#infos, ...repairs];
  }

  #add(notes: Set<string>, note: string, span: Span): void {
    if (notes.size < notesMax) notes.add(`${note} (${this.#positionOf(span)})`);
  }

  #addWhole(notes: Set<string>, note: string): void {
    if (notes.size < notesMax) notes.add(note);
  }

  /** A note may come for each series and step, and to count the lines of a long query takes longer than those. */
  #positionOf({ start }: Span): string {
    let position = this.#positions.get(start);
    if (position === undefined) this.#positions.set(start, (position = positionOf(this.#text, start)));
    return position;
  }
}

/** Repairs of one metric's buckets, over all steps. */
interface Repairs extends BucketRepair {
  readonly samples: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly span: Span;
}

/** RFC 3339, whole seconds. */
function utcSecond(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** What a reader is to tell an evaluation. */
export function observerOf({ budget, notes }: EvalContext): ReadObserver {
  return {
    admit: (samples) => budget.read(samples),
    note: (note) => notes.ofRead(note),
    decodesAnew: budget.terms.noCache === true,
  };
}

/** A window over a tier is at least so long: shorter ones could lie between two samples of a series that is alive. */
export function leastWindowMs(tierMs: TierStepMs): number {
  return 2 * tierMs;
}

function durationText(durationMs: number): string {
  const [minuteMs, hourMs] = tierStepsMs;
  return durationMs % hourMs === 0 ? `${durationMs / hourMs}h` : `${durationMs / minuteMs}m`;
}

/** An evaluation that cannot go on, code `QUERY_FAILED`. */
export function queryFailed(message: string): ChainPulseError {
  return new ChainPulseError("QUERY_FAILED", message);
}

/** Prometheus's message for two elements with the same labels in one vector. */
export function duplicateLabels(): never {
  throw queryFailed("vector cannot contain metrics with the same labelset");
}
