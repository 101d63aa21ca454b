/**
 * OTLP/JSON → protobuf, so that there is one decoder for both, and one set of rules for hostile input.
 * Sources: opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding"; protobuf.dev/programming-guides/json.
 */
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import { parsableJson } from "./json-text.ts";
import type { MessageField, MessageShape, ScalarType } from "./otlp-messages.ts";

/**
 * The message of this shape that the bytes hold as JSON. Names that are not known are left out. Errors: `BAD_REQUEST`, naming the place;
 * `PAYLOAD_TOO_LARGE`.
 */
export function jsonToProtobuf(bytes: Uint8Array, shape: MessageShape): Uint8Array<ArrayBuffer> {
  const transcoder = new Transcoder(Math.max(1024, bytes.length / 2));
  transcoder.message(parsed(parsableJson(bytes)), shape);
  return transcoder.writer.finish();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ChainPulseError("BAD_REQUEST", `the body is no JSON: ${cause.message.slice(0, 256)}`, { cause });
  }
}

class Transcoder {
  readonly writer: ProtoWriter;
  /** Where in the text the value at hand is. */
  readonly #path: (string | number)[] = [];

  constructor(capacity: number) {
    this.writer = new ProtoWriter(capacity);
  }

  message(value: unknown, shape: MessageShape): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.#refuse("an object");
    // From entries: what `JSON.parse` makes has properties of its own only.
    const members = new Map<string, unknown>(Object.entries(value));
    for (const name in shape) {
      const member = members.get(name);
      const field = shape[name];
      // In protobuf's JSON `null` stands for "not set".
      if (member === undefined || member === null || field === undefined) continue;
      this.#path.push(name);
      if (field.list === true) this.#list(member, field);
      else this.#value(member, field);
      this.#path.pop();
    }
  }

  #list(values: unknown, field: MessageField): void {
    if (!Array.isArray(values)) this.#refuse("a list");
    for (const [index, value] of values.entries()) {
      this.#path.push(index);
      this.#value(value, field);
      this.#path.pop();
    }
  }

  #value(value: unknown, { number, type }: MessageField): void {
    if (typeof type === "string") {
      this.#scalar(value, number, type);
      return;
    }
    const start = this.writer.begin(number);
    this.message(value, type);
    this.writer.end(start);
  }

  #scalar(value: unknown, field: number, type: ScalarType): void {
    const { writer } = this;
    switch (type) {
      case "string":
        if (typeof value !== "string") this.#refuse("a string");
        writer.string(field, value);
        return;
      case "bool":
        if (typeof value !== "boolean") this.#refuse("true or false");
        writer.bool(field, value);
        return;
      case "double":
        writer.double(field, this.#double(value));
        return;
      case "id":
        writer.bytes(field, this.#hex(value));
        return;
      case "bytes":
        if (typeof value !== "string") this.#refuse("a string in base64");
        writer.bytes(field, Buffer.from(value, "base64"));
        return;
      case "int32":
        writer.int(field, Number(this.#integer(value, -(2n ** 31n), 2n ** 31n)));
        return;
      case "uint32":
        writer.uint(field, Number(this.#integer(value, 0n, 2n ** 32n)));
        return;
      case "sint32":
        writer.sint(field, Number(this.#integer(value, -(2n ** 31n), 2n ** 31n)));
        return;
      case "fixed32":
        writer.fixed32(field, Number(this.#integer(value, 0n, 2n ** 32n)));
        return;
      case "int64":
        writer.bigUint(field, BigInt.asUintN(64, this.#integer(value, -(2n ** 63n), 2n ** 63n)));
        return;
      case "uint64":
        writer.bigUint(field, this.#integer(value, 0n, 2n ** 64n));
        return;
      case "sfixed64":
        writer.bigFixed64(field, BigInt.asUintN(64, this.#integer(value, -(2n ** 63n), 2n ** 63n)));
        return;
      case "fixed64":
        writer.bigFixed64(field, this.#integer(value, 0n, 2n ** 64n));
    }
  }

  /** From `from` to before `to`; as a number or as a string, as protobuf's JSON has it for those of 64 bits. */
  #integer(value: unknown, from: bigint, to: bigint): bigint {
    const isInteger =
      (typeof value === "number" && Number.isInteger(value)) || (typeof value === "string" && /^-?\d{1,20}$/.test(value));
    if (!isInteger) this.#refuse("a whole number");
    const exact = BigInt(value);
    if (exact < from || exact >= to) this.#refuse(`a whole number from ${from} to ${to - 1n}`);
    return exact;
  }

  #double(value: unknown): number {
    if (typeof value === "number") return value;
    const words = ["NaN", "Infinity", "-Infinity"];
    const isNumber = typeof value === "string" && (words.includes(value) || /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value));
    if (!isNumber) this.#refuse("a number, NaN, Infinity or -Infinity");
    return Number(value);
  }

  #hex(value: unknown): Uint8Array {
    if (typeof value !== "string" || !/^([0-9a-fA-F]{2})*$/.test(value)) this.#refuse("hexadecimal digits");
    return Buffer.from(value, "hex");
  }

  #refuse(expected: string): never {
    const place = this.#path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
    throw new ChainPulseError("BAD_REQUEST", `${place.replace(/^\./, "") || "the body"}: expected ${expected}`);
  }
}
