/** Arbitrary spans and log records, as hostile as the types allow. */
import fc from "fast-check";
import {
  type Attributes,
  type AttributeValue,
  type LogRecord,
  type Span,
  spanKinds,
  spanStatuses,
  type TelemetrySource,
} from "../../core/span.ts";
import { noonNs } from "./telemetry.test-support.ts";

/** As programs make them, not without a prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

/** Any code point but halves of surrogate pairs. The library's own unit "binary" is the same, and takes 1.5 s of each process to be made. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const text = fc.string({ unit: character, maxLength: 12 });
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdef")), minLength: digits, maxLength: digits });
const uint64 = fc.bigInt(0n, 2n ** 64n - 1n);

const { value } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    fc.uint8Array({ maxLength: 8 }),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie("value")), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

const arbitraryAttributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(fc.oneof(text, fc.constantFrom("__proto__", "constructor", "service.name", "host.name")), value), {
    maxLength: 4,
  })
  .map((entries) => Object.fromEntries(entries));

/** Two of three are of a node of ours. */
const arbitraryResource = fc
  .tuple(arbitraryAttributes, fc.constantFrom("", "n-1", "n-2"))
  .map(([attributes, node]): Attributes => (node === "" ? attributes : { ...attributes, "chainpulse.node": node }));

const arbitrarySource: fc.Arbitrary<TelemetrySource> = record({
  resource: arbitraryResource,
  scopeName: text,
  scopeVersion: text,
  scopeAttributes: arbitraryAttributes,
});

const whole = fc.nat(2 ** 32 - 1);

/** Of few ids, so that spans meet in traces and come again. */
export const arbitrarySpan: fc.Arbitrary<Span> = record({
  source: arbitrarySource,
  traceId: fc.constantFrom("0".repeat(31) + "1", "f".repeat(32), "00000000000000000000000000abcdef"),
  spanId: fc.constantFrom("0000000000000001", "0000000000000002", "ffffffffffffffff"),
  parentSpanId: fc.oneof(fc.constant(""), hex(16)),
  traceState: text,
  flags: whole,
  name: text,
  kind: fc.constantFrom(...spanKinds),
  startNs: fc.oneof(fc.constantFrom(0n, noonNs, noonNs + 1n), uint64),
  endNs: uint64,
  status: fc.constantFrom(...spanStatuses),
  statusMessage: text,
  attributes: arbitraryAttributes,
  events: fc.array(record({ timeNs: uint64, name: text, attributes: arbitraryAttributes, droppedAttributes: whole }), {
    maxLength: 2,
  }),
  links: fc.array(
    record({
      traceId: hex(32),
      spanId: hex(16),
      traceState: text,
      attributes: arbitraryAttributes,
      droppedAttributes: whole,
      flags: whole,
    }),
    { maxLength: 2 },
  ),
  droppedAttributes: whole,
  droppedEvents: whole,
  droppedLinks: whole,
});

export const arbitraryLog: fc.Arbitrary<LogRecord> = record({
  source: arbitrarySource,
  timeNs: fc.oneof(fc.constantFrom(null, 0n, noonNs), uint64),
  observedNs: fc.oneof(fc.constant(noonNs), uint64),
  severity: fc.nat(24),
  severityText: text,
  body: value,
  eventName: text,
  attributes: arbitraryAttributes,
  droppedAttributes: whole,
  flags: whole,
  traceId: fc.oneof(fc.constant(""), fc.constantFrom("0".repeat(31) + "1", "f".repeat(32))),
  spanId: fc.oneof(fc.constant(""), hex(16)),
});
