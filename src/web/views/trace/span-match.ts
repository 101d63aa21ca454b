/** Which spans a text names: in a trace's picture everything can be asked for that stands in its columns, attributes where bodies were read. */
import type { TraceModel } from "./trace-model.ts";

/** One part of the text; all must hold. */
export type MatchTerm =
  | { readonly of: "any" | "service" | "node"; readonly text: string }
  | { readonly of: "attribute"; readonly key: string; readonly value: string };

/** `service:shop node:a http.status_code=500 checkout`: lower case but for attributes; a quoted part may hold blanks. */
export function matchTerms(text: string): readonly MatchTerm[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([part]): MatchTerm => {
    const plain = part.replaceAll('"', "");
    const named = /^(service|node):(.+)$/i.exec(plain);
    if (named !== null)
      return { of: named[1]?.toLowerCase() === "node" ? "node" : "service", text: (named[2] ?? "").toLowerCase() };
    const at = plain.indexOf("=");
    if (at > 0) return { of: "attribute", key: plain.slice(0, at), value: plain.slice(at + 1) };
    return { of: "any", text: plain.toLowerCase() };
  });
}

/**
 * Row → 1 where all terms hold; `null` for no term. `withAttribute`: whether the row's span has the attribute; `null` while that is not
 * known of any: then such a term holds for none.
 */
export function matchRows(
  { columns }: TraceModel,
  terms: readonly MatchTerm[],
  withAttribute: ((row: number, key: string, value: string) => boolean) | null,
): Uint8Array | null {
  if (terms.length === 0) return null;
  const matches = new Uint8Array(columns.startMs.length).fill(1);
  const services = columns.operations.map(({ service }) => service.toLowerCase());
  const names = columns.operations.map(({ name }) => name.toLowerCase());
  const nodes = columns.nodes.map((node) => node.toLowerCase());
  for (const term of terms) {
    // Few operations and nodes, many spans: each is compared once.
    const has = (list: readonly string[]): Uint8Array =>
      Uint8Array.from(list, (one) => (term.of !== "attribute" && one.includes(term.text) ? 1 : 0));
    const inOperation = term.of === "service" ? has(services) : either(has(services), has(names));
    const inNode = has(nodes);
    for (const row of matches.keys()) {
      const operation = inOperation[columns.operation[row] ?? 0] ?? 0;
      const node = inNode[columns.node[row] ?? 0] ?? 0;
      const holds =
        term.of === "attribute"
          ? withAttribute?.(row, term.key, term.value) === true
          : term.of === "node"
            ? node === 1
            : operation === 1 || (term.of === "any" && node === 1);
      if (!holds) matches[row] = 0;
    }
  }
  return matches;
}

function either(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((value, index) => value | (b[index] ?? 0));
}
