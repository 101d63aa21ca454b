/**
 * How long the labels of one series may be together. Each of them may be within its own limits and all of them be more than the store takes;
 * that is a fault of the series, and no want of room for series: it must not be told as something that is over some time.
 */
import type { Labels } from "../../core/labels.ts";
import { labelCharsMax } from "../../store/catalog/catalog-chunk.ts";

/** Why labels are refused that are too long together; a `Refusal` that the doors can hand on. */
export const tooLong = {
  reason: "label_limit",
  message: `the labels of a series have more than ${labelCharsMax} characters together`,
} as const;

/** Characters of all names and values. */
export function labelChars(labels: Labels): number {
  let chars = 0;
  for (const [name, value] of Object.entries(labels)) chars += name.length + value.length;
  return chars;
}

export function isTooLong(labels: Labels): boolean {
  return labelChars(labels) > labelCharsMax;
}
