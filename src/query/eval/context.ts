/** What every part of one evaluation shares. */
import { ChainPulseError } from "../../core/errors.ts";
import type { SampleReader } from "../../core/storage.ts";
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
    if (this.#warnings.size < notesMax)
      this.#warnings.add(`PromQL warning: ${message} (${positionOf(this.#text, span.start)})`);
  }

  inform(message: string, span: Span): void {
    if (this.#infos.size < notesMax) this.#infos.add(`PromQL info: ${message} (${positionOf(this.#text, span.start)})`);
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  get infos(): readonly string[] {
    return [...this.#infos];
  }
}

/** An evaluation that cannot go on, code `QUERY_FAILED`. */
export function queryFailed(message: string): ChainPulseError {
  return new ChainPulseError("QUERY_FAILED", message);
}

/** Prometheus's message for two elements with the same labels in one vector. */
export function duplicateLabels(): never {
  throw queryFailed("vector cannot contain metrics with the same labelset");
}
