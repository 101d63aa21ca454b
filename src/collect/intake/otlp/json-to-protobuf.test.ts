import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { readAnyValue } from "./any-value.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import { logsRequest, metricsRequest, tracesRequest } from "./otlp-messages.ts";

const shapes = [metricsRequest, tracesRequest, logsRequest] as const;

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function refusal(text: string): string {
  try {
    for (const shape of shapes) jsonToProtobuf(bytesOf(text), shape);
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    assert.equal(error.code, "BAD_REQUEST");
    return error.message;
  }
  return "";
}

/** A value of any kind, in OTLP/JSON. */
const { anyValue } = fc.letrec<{ anyValue: object }>((tie) => ({
  anyValue: fc.oneof(
    { depthSize: "small" },
    fc.constant({}),
    fc.record({ stringValue: fc.string({ unit: "grapheme" }) }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({
      doubleValue: fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom("NaN", "Infinity", "-Infinity"),
      ),
    }),
    fc.record({ bytesValue: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie("anyValue"), { maxLength: 4 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.uniqueArray(fc.record({ key: fc.string(), value: tie("anyValue") }), {
          maxLength: 4,
          selector: ({ key }) => key,
        }),
      }),
    }),
  ),
}));

/** What the value means, told in another way than by our reader. */
function meaning(value: object): unknown {
  const [[kind, inner] = ["", null]] = Object.entries(value);
  switch (kind) {
    case "intValue": {
      const exact = BigInt(String(inner));
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    }
    case "doubleValue":
      return Number(inner) + 0; // JSON has no −0.
    case "bytesValue":
      return new Uint8Array(Buffer.from(String(inner), "base64"));
    case "arrayValue":
      return (inner as { values: object[] }).values.map(meaning); // As the arbitrary above makes it.
    case "kvlistValue":
      return Object.fromEntries(
        (inner as { values: { key: string; value: object }[] }).values.map(({ key, value: one }) => [key, meaning(one)]), // As above.
      );
    default:
      return inner;
  }
}

// When these fail, whoever sends JSON gets other values stored than who sends protobuf, or brings the intake down.
describe("OTLP/JSON", () => {
  test("values of all kinds are what they were", () => {
    fc.assert(
      fc.property(anyValue, (body) => {
        const text = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body }] }] }] });
        const reader = new ProtoReader(jsonToProtobuf(bytesOf(text), logsRequest));
        // Into the four messages; the body is the record's only field.
        for (let depth = 0; depth < 3; depth++) {
          assert.ok(reader.next());
          reader.enter();
        }
        assert.ok(reader.next());
        assert.deepEqual(readAnyValue(reader), meaning(body));
      }),
    );
  });

  test("names that are not known, and those of the .proto file, are left out; null is not there", () => {
    const bytes = jsonToProtobuf(
      bytesOf('{"resource_metrics":[1],"x":{"y":[]},"resourceMetrics":null,"__proto__":{"resourceMetrics":7}}'),
      metricsRequest,
    );
    assert.equal(bytes.length, 0);
  });

  test("says where something is wrong", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["{", /no JSON/],
      ["[]", /the body: expected an object/],
      ['{"resourceSpans":{}}', /^resourceSpans: expected a list/],
      ['{"resourceSpans":[null]}', /^resourceSpans\[0\]: expected an object/],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}', /spans\[0\]\.traceId: expected hexadecimal/],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_SERVER"}]}]}]}', /kind: expected a whole number/],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}', /expected a whole number from 0/],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"flags":4294967296}]}]}]}', /from 0 to 4294967295/],
      ['{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}', /name: expected a string/],
      ['{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"isMonotonic":1}}]}]}]}', /expected true or false/],
      [
        '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asDouble":"five"}]}}]}]}]}',
        /expected a number/,
      ],
    ];
    for (const [text, expected] of cases) assert.match(refusal(text), expected);
  });

  test("nests no deeper than is good for anybody, and has no more values", () => {
    const nested = (depth: number): string => `${'{"arrayValue":{"values":['.repeat(depth)}{}${"]}}".repeat(depth)}`;
    const body = (depth: number): string => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${nested(depth)}}]}]}]}`;
    assert.match(refusal(body(100_000)), /nested deeper/);
    assert.match(refusal("[".repeat(1_000_000)), /nested deeper/);
    assert.equal(refusal(body(30)), "");
    assert.throws(() => jsonToProtobuf(bytesOf(`[${"0,".repeat(1_000_001)}0]`), logsRequest), { code: "PAYLOAD_TOO_LARGE" });
  });

  test("keeps whole numbers exact, in quotes or not, and strings as they are", () => {
    const time = "1800000000000000001";
    const record = (written: string, severityText: string): Uint8Array => {
      const text = `{"timeUnixNano":${written},"severityText":${JSON.stringify(severityText)}}`;
      return jsonToProtobuf(bytesOf(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[${text}]}]}]}`), logsRequest);
    };
    // A quote in a string does not end it, and digits in it are no number.
    const severityText = `"\\",${time}:`;
    assert.deepEqual(record(time, severityText), record(`"${time}"`, severityText));
    assert.ok(Buffer.from(record(time, severityText)).includes(severityText));
  });

  test("is refused, or read, whatever comes", () => {
    fc.assert(fc.property(fc.json(), (text) => void refusal(text)));
  });
});
