/** Makes the filters of chunks of spans, see `span-terms.ts`. */
import type { ChunkColumns } from "./facts-of-bodies.ts";
import type { NumberedSpan } from "./span-facts.ts";
import {
  allSpans,
  attributeTerms,
  durationClassOf,
  durationTerm,
  failureTerm,
  operationScope,
  presenceTerm,
  rangesWith,
  serviceScope,
  type TermScope,
} from "./span-terms.ts";
import { TermFilterBuilder } from "./term-filter.ts";

const failed = 2;

export class SpanTermCollector {
  readonly #filter = new TermFilterBuilder();

  /** The bits of the filter of the chunk that has these spans; the columns are theirs. */
  filterOf(spans: readonly (NumberedSpan & { readonly service: string })[], { facts, times }: ChunkColumns): Uint8Array {
    const sources = new Set<number>();
    const outcomes = new Set<number>();
    for (const [place, { span, source, operation, service, terms }] of spans.entries()) {
      this.#addAll(terms);
      if (!sources.has(source)) this.#addAll(attributeTerms(span.source.resource));
      sources.add(source);
      const isFailed = facts.statusAt(place) === failed;
      const durationClass = durationClassOf(times.durationAt(place));
      // Most spans do as others of their operation did.
      const outcome = operation * 256 + durationClass * 2 + Number(isFailed);
      if (outcomes.has(outcome)) continue;
      outcomes.add(outcome);
      for (const scope of [allSpans, serviceScope(service), operationScope(operation)]) {
        this.#addOutcome(scope, durationClass, isFailed);
      }
    }
    return this.#filter.take();
  }

  #addAll(terms: readonly number[]): void {
    for (const term of terms) this.#filter.add(term);
  }

  #addOutcome(scope: TermScope, durationClass: number, isFailed: boolean): void {
    this.#filter.add(presenceTerm(scope));
    for (const range of rangesWith(durationClass)) {
      this.#filter.add(durationTerm(scope, range, false));
      if (isFailed) this.#filter.add(durationTerm(scope, range, true));
    }
    if (isFailed) this.#filter.add(failureTerm(scope));
  }
}
