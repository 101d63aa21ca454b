/** What the observers wrote on the roots of a transaction's or block's trace, as facts to read. */
import { flowAttributes as a, flowSpans } from "../../core/flow-names.ts";
import { observedScope } from "../../core/observed-span.ts";
import type { Flow } from "../../core/trace/flow.ts";
import { attributeText, type ResourceSpans } from "./otlp-json.ts";

export interface FlowFact {
  readonly title: string;
  readonly value: string;
  /** A hash or an address. */
  readonly isCode: boolean;
}

const code = true;

/** In the order in which they are read. What is on the page already (status, block, node) is not among them. */
const titles: Readonly<Record<Flow["kind"], readonly (readonly [attribute: string, title: string, isCode?: boolean])[]>> = {
  transaction: [
    [a.from, "From", code],
    [a.to, "To", code],
    [a.nonce, "Nonce"],
    [a.index, "Place in its block"],
    [a.statusCode, "Result"],
    [a.gasLimit, "Gas limit"],
    [a.gasUsed, "Gas used"],
    [a.effectiveGasPrice, "Paid per gas"],
    [a.confirmations, "Called confirmed at depth"],
  ],
  block: [
    [a.blockParent, "Parent", code],
    [a.blockTransactions, "Transactions"],
  ],
};

const results: Readonly<Record<string, string>> = { "0": "failed, and paid for it", "1": "succeeded" };

/** How a value is written; one of others is as the observer wrote it. */
const written: Readonly<Record<string, (value: string) => string>> = {
  [a.statusCode]: (value) => results[value] ?? value,
  [a.gasLimit]: grouped,
  [a.gasUsed]: grouped,
  [a.effectiveGasPrice]: gweiText,
};

/** `1,500,000` */
function grouped(value: string): string {
  return /^\d+$/.test(value) ? BigInt(value).toLocaleString("en") : value;
}

/** Wei as gwei, whole: `4.382356691 gwei`. */
function gweiText(wei: string): string {
  if (!/^\d+$/.test(wei)) return wei;
  const digits = wei.padStart(10, "0");
  const fraction = digits.slice(-9).replace(/0+$/, "");
  return `${grouped(digits.slice(0, -9))}${fraction === "" ? "" : `.${fraction}`} gwei`;
}

/** Of several nodes' the first that says it. */
export function factsOf(kind: Flow["kind"], resources: readonly ResourceSpans[]): readonly FlowFact[] {
  const said = new Map<string, string>();
  for (const { scopeSpans } of resources)
    for (const { scope, spans } of scopeSpans) {
      if (scope.name !== observedScope) continue;
      for (const { name, attributes } of spans)
        if (name === flowSpans[kind])
          for (const { key, value } of attributes) if (!said.has(key)) said.set(key, attributeText(value));
    }
  return titles[kind].flatMap(([attribute, title, isCode = false]): readonly FlowFact[] => {
    const value = said.get(attribute);
    if (value === undefined || value === "") return [];
    return [{ title, value: written[attribute]?.(value) ?? value, isCode }];
  });
}
