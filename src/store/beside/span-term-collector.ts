/** Makes the filters of chunks of spans, see `span-terms.ts`. */
import { attributeText } from "../../core/attribute-text.ts";
import type { Attributes, AttributeValue } from "../../core/span.ts";
import type { NumberedSpan, SpanFacts } from "./span-facts.ts";
import {
  allSpans,
  attributeTerm,
  durationClassOf,
  durationTerm,
  failureTerm,
  operationScope,
  presenceTerm,
  serviceScope,
  type TermScope,
} from "./span-terms.ts";
import { TermFilterBuilder } from "./term-filter.ts";

const failed = 2;

export class SpanTermCollector {
  readonly #filter = new TermFilterBuilder();

  /** The bits of the filter of the chunk that has these spans; `facts`: the same ones. */
  filterOf(spans: readonly (NumberedSpan & { readonly service: string })[], facts: SpanFacts): Uint8Array {
    const sources = new Set<number>();
    const outcomes = new Set<number>();
    for (const [place, { span, source, operation, service }] of spans.entries()) {
      this.#addAttributes(span.attributes);
      if (!sources.has(source)) this.#addAttributes(span.source.resource);
      sources.add(source);
      const isFailed = facts.statusAt(place) === failed;
      const durationClass = durationClassOf(facts.durationAt(place));
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

  #addAttributes(attributes: Attributes): void {
    for (const key of Object.keys(attributes)) {
      const value: AttributeValue = attributes[key] ?? null;
      this.#filter.add(attributeTerm(key, attributeText(value)));
    }
  }

  #addOutcome(scope: TermScope, durationClass: number, isFailed: boolean): void {
    this.#filter.add(presenceTerm(scope));
    this.#filter.add(durationTerm(scope, durationClass, false));
    if (!isFailed) return;
    this.#filter.add(failureTerm(scope));
    this.#filter.add(durationTerm(scope, durationClass, true));
  }
}
