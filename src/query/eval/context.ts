/** What every part of one evaluation shares. */
import { ChainPulseError } from "../../core/errors.ts";
import { type ReadNote, type ReadObserver, type SampleReader, type TierStepMs, tierStepsMs } from "../../core/storage.ts";
import type { Span } from "../ast.ts";
import type { QueryBudget } from "../limits.ts";
import { positionOf } from "../parser/syntax-error.ts";
import type { Steps } from "./values.ts";

export interface EvalContext {
  readonly reader: SampleReader;
  /** The query text, for positions in messages. */
  readonly text: string;
  /** The times that are evaluated: the query's own, or a subquery's. */
  readonly steps: Steps;
  /** The query's own, also inside a subquery: `start()`, `end()`, `step()`, `range()`. */
  readonly query: Steps;
  /** How long a sample stands for its series. */
  readonly lookbackMs: number;
  readonly subqueryStepMs: number;
  readonly experimentalFunctions: boolean;
  readonly budget: QueryBudget;
  readonly notes: QueryNotes;
}

/** More different messages than this tell nobody anything. */
const notesMax = 100;

/** Warnings and infos that accompany a result, each once. Source of the texts: Prometheus util/annotations. */
export class QueryNotes {
  readonly #text: string;
  readonly #warnings = new Set<string>();
  readonly #infos = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  warn(message: string, span: Span): void {
    this.#add(this.#warnings, `PromQL warning: ${message} (${positionOf(this.#text, span.start)})`);
  }

  inform(message: string, span: Span): void {
    this.#add(this.#infos, `PromQL info: ${message} (${positionOf(this.#text, span.start)})`);
  }

  /** What the store says of what it reads. It belongs to no place of the text. */
  ofRead(note: ReadNote): void {
    if (note.kind === "tier") {
      const [name, least] = [durationText(note.stepMs), durationText(leastWindowMs(note.stepMs))];
      const message = `computed from the ${name} tier, because raw samples are gone there`;
      this.#add(this.#infos, `PromQL info: ${message}; look-back and ranges are at least ${least}`);
    } else {
      const [from, to] = [note.fromMs, note.toMs].map((timeMs) => new Date(timeMs).toISOString());
      this.#add(this.#warnings, `PromQL warning: samples from ${from} to ${to} cannot be read: ${note.path} is damaged`);
    }
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get infos(): readonly string[] {
    return [...this.#infos];
  }

  #add(notes: Set<string>, note: string): void {
    if (notes.size < notesMax) notes.add(note);
  }
}

/** What a reader is to tell an evaluation. */
export function observerOf({ budget, notes }: EvalContext): ReadObserver {
  return { admit: (samples) => budget.take(samples), note: (note) => notes.ofRead(note) };
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
