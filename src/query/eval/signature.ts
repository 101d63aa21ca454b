/** Which elements of two vectors belong together: their matching labels as one key, computed once per series. */
import { type Labels, labelsKey } from "../../core/labels.ts";
import type { VectorMatching } from "../ast.ts";
import { keyOfLabels } from "./label-keys.ts";
import { metadataLabels, onlyLabels, type VectorSeries, withoutLabels } from "./values.ts";

/** Match on all labels, one to one: what holds when nothing is written. */
export const matchAll: VectorMatching = {
  group: "none",
  on: false,
  labels: [],
  include: [],
  fillLeft: null,
  fillRight: null,
};

/** A function from labels to what of them is compared, as a key. */
export function signatureOf(matching: VectorMatching): (of: Labels) => string {
  if (matching.on) return keyOfLabels(matching.labels);
  const project = projectionOf(matching);
  return (of) => labelsKey(project(of));
}

/** The labels that are compared: those of `on (…)`, or all but the metric's name, type and unit, and those of `ignoring (…)`. */
export function projectionOf({ on, labels }: VectorMatching): (of: Labels) => Labels {
  if (on) return (of) => onlyLabels(of, labels);
  const ignored = new Set([...labels, ...metadataLabels]);
  return (of) => withoutLabels(of, ignored);
}

/** The series of each signature. */
export function groupBy(series: readonly VectorSeries[], keyOf: (of: Labels) => string): Map<string, VectorSeries[]> {
  const groups = new Map<string, VectorSeries[]>();
  for (const one of series) {
    const key = keyOf(one.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** Where any of the series has an element. */
export function presence(series: readonly VectorSeries[], count: number): Uint8Array {
  const any = new Uint8Array(count);
  for (const { present } of series) for (let i = 0; i < count; i++) if (present[i] !== 0) any[i] = 1;
  return any;
}
