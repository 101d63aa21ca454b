/** Attributes of what is known: what a client does not tell is left out of a span, and never 0 or empty. */
import { flowAttributes as a } from "../../../core/flow-names.ts";
import type { Attributes, AttributeValue } from "../../../core/span.ts";
import type { SeenBlock } from "../blocks/block-report.ts";

/** Without those that are `null` or `undefined`. */
export function knownFacts(facts: Readonly<Record<string, AttributeValue | undefined>>): Attributes {
  const known: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(facts)) if (value !== null && value !== undefined) known[name] = value;
  return known;
}

/** What families know of a block beside its hash and number. */
export function factsOfBlock({ parent, transactions, proposer, gasUsed }: SeenBlock): Attributes {
  return knownFacts({
    [a.blockParent]: parent,
    [a.blockTransactions]: transactions,
    [a.blockProposer]: proposer,
    [a.blockGasUsed]: gasUsed,
  });
}
