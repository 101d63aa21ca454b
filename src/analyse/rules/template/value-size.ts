/** How much there is of a value, so that a template's work can be bounded: values can be made of one another, twice as much each time. */
import type { GoValue } from "./values.ts";

/** Of each list, map and struct, which never change. */
const sizes = new WeakMap<object, number>();

/** About the characters that it takes to print it. */
export function sizeOf(value: GoValue): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || value.kind === "time") return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const items = value.kind === "list" ? value.items : (value.kind === "map" ? value.entries : value.fields).values();
  let size = 1;
  for (const item of items) size += sizeOf(item);
  sizes.set(value, size);
  return size;
}
