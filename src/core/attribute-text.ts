/**
 * A value of an attribute as one text: of a label, and of what a search compares.
 * Source: OpenTelemetry specification, common/README.md, "Attribute" (non-string values as text).
 */
import { type AttributeValue, isValueList } from "./span.ts";

/** A string as it is, other scalars in plain words, bytes in base64, lists and maps as JSON. */
export function attributeText(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return typeof value === "object" ? jsonText(value) : String(value);
}

/** What JSON has no word for, in the words that the specification has for it. */
function jsonText(value: AttributeValue): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : `"${value}"`;
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (isValueList(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner)}`)
    .join(",")}}`;
}
