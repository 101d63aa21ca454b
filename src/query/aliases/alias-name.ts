/** Names that hold values of labels: `node_memory_{field}_bytes`. */
import { type Labels, labelValue } from "../../core/labels.ts";
import type { AliasRule } from "./alias-rules.ts";

/** The rule's name for a series of ours. */
export function aliasName({ nameParts, nameLabels }: AliasRule, labels: Labels): string {
  let name = nameParts[0] ?? "";
  for (const [index, label] of nameLabels.entries()) name += labelValue(labels, label) + (nameParts[index + 1] ?? "");
  return name;
}

/**
 * What the labels in the rule's name may be where the name is this one: `node_netstat_Tcp_InErrs` is protocol `Tcp` and event
 * `InErrs`. One list of values for each way to read it (a value may have an underscore, too); none where the name is another's.
 */
export function readAliasName({ nameParts }: AliasRule, name: string): readonly (readonly string[])[] {
  const [first = "", ...rest] = nameParts;
  return name.startsWith(first) ? readParts(rest, name, first.length) : [];
}

/** From `at` on: a value, the first of `parts`, a value, the next … to the end. */
function readParts(parts: readonly string[], name: string, at: number): readonly (readonly string[])[] {
  const [part, ...rest] = parts;
  if (part === undefined) return at === name.length ? [[]] : [];
  if (rest.length === 0) {
    const end = name.length - part.length;
    return end > at && name.endsWith(part) ? [[name.slice(at, end)]] : [];
  }
  const found: (readonly string[])[] = [];
  for (let end = name.indexOf(part, at + 1); end !== -1; end = name.indexOf(part, end + 1))
    for (const values of readParts(rest, name, end + part.length)) found.push([name.slice(at, end), ...values]);
  return found;
}
