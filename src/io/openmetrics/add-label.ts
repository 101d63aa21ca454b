/** Putting labels of a text into a record. */
import { expositionError } from "./exposition-error.ts";

/** A label set while it is read. */
export type GrowingLabels = Record<string, string>;

/** Adds one label; `at` is where its name stands. A name that stands twice is an error: which of the values is meant? */
export function addLabel(labels: GrowingLabels, name: string, value: string, text: string, at: number): void {
  if (Object.hasOwn(labels, name)) throw expositionError(text, at, `the label ${name} stands twice`);
  // An assignment to this name would set the object's prototype.
  if (name === "__proto__") Object.defineProperty(labels, name, { value, enumerable: true });
  else labels[name] = value;
}
