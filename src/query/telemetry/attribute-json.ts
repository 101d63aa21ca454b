/** Attribute values as plain JSON, for people and pages: what JSON cannot say becomes a text. */
import { type Attributes, type AttributeValue, isValueList } from "../../core/span.ts";
import type { JsonValue } from "../../core/otlp-json.ts";

/** bigint, NaN and infinities as texts of themselves, bytes in base64. */
export function plainJson(value: AttributeValue): JsonValue {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return isValueList(value) ? value.map(plainJson) : attributesJson(value);
}

/** An object by the attributes' names. */
export function attributesJson(attributes: Attributes): { readonly [name: string]: JsonValue } {
  // From entries, because assigning to `__proto__` would set the prototype.
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plainJson(value)]));
}
