/** Keys of some of a series' labels. Making labels of them first, and a key of those, takes longer than computing a series' values. */
import { type Labels, labelValue } from "../../core/labels.ts";

/** A function that gives equal keys for labels that are equal in those that are named; a missing label is an empty one. */
export function keyOfLabels(names: readonly string[]): (labels: Labels) => string {
  const [only] = names;
  if (only !== undefined && names.length === 1) return (labels) => labelValue(labels, only);
  return (labels) => {
    let key = "";
    // U+0000 cannot occur in a label, as in `labelsKey`.
    for (let i = 0; i < names.length; i++) key += `${labelValue(labels, names[i] ?? "")}\u0000`;
    return key;
  };
}
