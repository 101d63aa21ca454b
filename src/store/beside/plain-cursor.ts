/** Reads a record that was stored as a list, field by field in the order in which it was written. */
import type { Attributes, AttributeValue } from "../../core/span.ts";
import { DamagedFileError } from "../database.ts";
import { attributesFromPlain, fromPlain } from "./plain-value.ts";

/** Every method takes the next field, and throws `DamagedFileError` where it is another kind of value. */
export class PlainCursor {
  readonly #fields: readonly unknown[];
  #at = 0;

  constructor(record: unknown) {
    if (!Array.isArray(record)) throw new DamagedFileError("a record is no list");
    this.#fields = record;
  }

  text(): string {
    const field = this.#next();
    if (typeof field === "string") return field;
    throw this.#wrong("a text");
  }

  whole(): number {
    const field = this.#next();
    if (typeof field === "number" && Number.isSafeInteger(field)) return field;
    throw this.#wrong("a whole number");
  }

  /** Written as decimal digits: a JSON number has too few. */
  nanoseconds(): bigint {
    const field = this.#next();
    if (typeof field === "string" && /^-?\d{1,20}$/.test(field)) return BigInt(field);
    throw this.#wrong("a time");
  }

  optionalNanoseconds(): bigint | null {
    if (this.#fields[this.#at] !== null) return this.nanoseconds();
    this.#at++;
    return null;
  }

  value(): AttributeValue {
    return fromPlain(this.#next());
  }

  attributes(): Attributes {
    return attributesFromPlain(this.#next());
  }

  list<T>(read: (fields: PlainCursor) => T): readonly T[] {
    const field = this.#next();
    if (Array.isArray(field)) return field.map((record) => read(new PlainCursor(record)));
    throw this.#wrong("a list");
  }

  #next(): unknown {
    return this.#fields[this.#at++];
  }

  #wrong(wanted: string): DamagedFileError {
    return new DamagedFileError(`field ${this.#at - 1} of a record is not ${wanted}`);
  }
}
