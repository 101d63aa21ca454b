/** Labels as Prometheus writes them in its messages. */
import type { Labels } from "../../core/labels.ts";
import { quote } from "../parser/literals.ts";
import { sortLabels } from "./values.ts";

/** `{__name__="a", b="c"}`. */
export function formatGoLabels(labels: Labels): string {
  const pairs = Object.entries(sortLabels(labels)).map(([name, value]) => `${name}=${quote(value)}`);
  return `{${pairs.join(", ")}}`;
}
