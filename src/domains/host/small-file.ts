/** Small files of sysfs and `/proc` that describe a thing which is known to be there: what one of them lacks is not worth a reason. */
import { parseNumber } from "../../io/parse-text.ts";
import { readOnce } from "../../io/proc-file.ts";
import { cleanText } from "../../core/clean-text.ts";

/** Empty where it cannot be read. */
export function textIn(path: string): string {
  const text = readOnce(path);
  return typeof text === "string" ? text : "";
}

/** Fit to be a label's value; empty where it cannot be read, which means that the label does not exist. */
export function wordIn(path: string): string {
  return cleanText(textIn(path).trim());
}

/** Numbers of sysfs are decimal or `0x…`; NaN where there is none. */
export function numberIn(path: string): number {
  return parseNumber(textIn(path));
}
