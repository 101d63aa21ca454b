/**
 * Attribute values as JSON, exactly: what JSON can say is itself, the rest is an object with one tag.
 *
 *   "text"  true  null  1.5        themselves
 *   [ … ]                          a list
 *   { "i": "9007199254740993" }    a bigint
 *   { "d": "NaN" }                 NaN, Infinity, -Infinity, -0
 *   { "b": "3q2+7w==" }            bytes, base64
 *   { "m": ["key", value, …] }     a map, in its order; keys are no keys here, so that `__proto__` is one like others
 */
import { type Attributes, type AttributeValue, isValueList } from "../../core/span.ts";
import { DamagedFileError } from "../database.ts";

/** What `JSON.parse` gives. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [tag: string]: Plain };

export function toPlain(value: AttributeValue): Plain {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { d: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { i: String(value) };
    default:
      if (value === null) return null;
      if (value instanceof Uint8Array) return { b: Buffer.from(value).toString("base64") };
      return isValueList(value) ? value.map(toPlain) : { m: attributesToPlain(value) };
  }
}

/** Keys and values in turn. */
export function attributesToPlain(attributes: Attributes): readonly Plain[] {
  return Object.entries(attributes).flatMap(([key, value]) => [key, toPlain(value)]);
}

/** Its JSON, without making it. */
export function attributesText(attributes: Attributes): string {
  let text = "";
  for (const key of Object.keys(attributes)) {
    const value = attributes[key] ?? null;
    const valueText = typeof value === "string" ? JSON.stringify(value) : JSON.stringify(toPlain(value));
    text += `${text === "" ? "" : ","}${JSON.stringify(key)},${valueText}`;
  }
  return `[${text}]`;
}

/** The way back. Throws `DamagedFileError` for what `toPlain` does not make. */
export function fromPlain(plain: unknown): AttributeValue {
  if (plain === null || typeof plain === "string" || typeof plain === "boolean" || typeof plain === "number") return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  const [[tag, content] = ["", null], ...more] = typeof plain === "object" ? Object.entries(plain) : [];
  if (more.length === 0) {
    if (tag === "i" && typeof content === "string" && /^-?\d{1,20}$/.test(content)) return BigInt(content);
    if (tag === "d" && typeof content === "string") return Number(content);
    if (tag === "b" && typeof content === "string") return Uint8Array.from(Buffer.from(content, "base64"));
    if (tag === "m") return attributesFromPlain(content);
  }
  throw new DamagedFileError(`a value has the unknown form ${tag}`);
}

/** Throws `DamagedFileError`. */
export function attributesFromPlain(plain: unknown): Attributes {
  if (!Array.isArray(plain) || plain.length % 2 !== 0) throw new DamagedFileError("attributes are no list of keys and values");
  const entries: [string, AttributeValue][] = [];
  for (let at = 0; at < plain.length; at += 2) {
    const key: unknown = plain[at];
    if (typeof key !== "string") throw new DamagedFileError("the key of an attribute is no text");
    entries.push([key, fromPlain(plain[at + 1])]);
  }
  // From entries, because assigning to `__proto__` would set the prototype.
  return Object.fromEntries(entries);
}
