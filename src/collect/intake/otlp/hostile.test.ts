import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import { openMetricsDoor } from "./metrics-door.ts";
import { at, lines, OtlpLab } from "./otlp.test-support.ts";
import { logsRequest, metricsRequest, tracesRequest } from "./otlp-messages.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import { openLogsDoor, openTracesDoor } from "./record-doors.ts";

const protobuf = "application/x-protobuf";
const json = "application/json";

const attributes = [
  { key: "a", value: { stringValue: "b" } },
  {
    key: "list",
    value: {
      arrayValue: { values: [{ intValue: 5 }, { kvlistValue: { values: [{ key: "k", value: { boolValue: true } }] } }] },
    },
  },
];
const common = { resource: { attributes }, schemaUrl: "https://example.org" };
const point = { timeUnixNano: at(0), startTimeUnixNano: at(-1000), attributes };
const exemplars = [
  { timeUnixNano: at(0), asDouble: 0.5, traceId: "a".repeat(32), spanId: "b".repeat(16), filteredAttributes: attributes },
];

/** Each door, and a request that it takes, with everything in it that can be in one. */
const doors = {
  metrics: {
    open: () => new OtlpLab(openMetricsDoor, metricsRequest),
    shape: metricsRequest,
    good: {
      resourceMetrics: [
        {
          ...common,
          scopeMetrics: [
            {
              scope: { name: "s", version: "1", attributes },
              metrics: [
                { name: "g", unit: "By", description: "d", gauge: { dataPoints: [{ ...point, asInt: 7 }] } },
                {
                  name: "c",
                  sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...point, asDouble: 1.5, exemplars }] },
                },
                {
                  name: "h",
                  histogram: {
                    aggregationTemporality: 2,
                    dataPoints: [{ ...point, count: 3, sum: 2, bucketCounts: [1, 2], explicitBounds: [1], exemplars }],
                  },
                },
                {
                  name: "x",
                  exponentialHistogram: {
                    aggregationTemporality: 1,
                    dataPoints: [
                      {
                        ...point,
                        count: 4,
                        sum: 2,
                        scale: 3,
                        zeroCount: 1,
                        positive: { offset: -2, bucketCounts: [1, 0, 2] },
                        negative: {},
                      },
                    ],
                  },
                },
                {
                  name: "s",
                  summary: { dataPoints: [{ ...point, count: 1, sum: 2, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  traces: {
    open: () => new OtlpLab(openTracesDoor, tracesRequest),
    shape: tracesRequest,
    good: {
      resourceSpans: [
        {
          ...common,
          scopeSpans: [
            {
              scope: { name: "s" },
              spans: [
                {
                  traceId: "a".repeat(32),
                  spanId: "b".repeat(16),
                  parentSpanId: "c".repeat(16),
                  name: "n",
                  kind: 2,
                  startTimeUnixNano: at(0),
                  endTimeUnixNano: at(1),
                  attributes,
                  events: [{ timeUnixNano: at(0), name: "e", attributes }],
                  links: [{ traceId: "a".repeat(32), spanId: "b".repeat(16), attributes }],
                  status: { code: 2, message: "m" },
                  flags: 257,
                },
              ],
            },
          ],
        },
      ],
    },
  },
  logs: {
    open: () => new OtlpLab(openLogsDoor, logsRequest),
    shape: logsRequest,
    good: {
      resourceLogs: [
        {
          ...common,
          scopeLogs: [
            {
              scope: { name: "s" },
              logRecords: [
                {
                  timeUnixNano: at(0),
                  severityNumber: 9,
                  severityText: "I",
                  body: attributes[1]?.value,
                  attributes,
                  eventName: "e",
                },
              ],
            },
          ],
        },
      ],
    },
  },
} as const;

function bytesOf(value: string | object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}

/** A message with another in its field `field`, that with another …, as deep as asked for. */
function nested(fields: readonly number[], depth: number, innermost: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let length = innermost.length;
  for (let level = 0; level < depth; level++) {
    const writer = new ProtoWriter();
    writer.varint((fields[level % fields.length] ?? 1) * 8 + 2);
    writer.varint(length);
    parts.push(writer.finish());
    length += writer.length;
  }
  return new Uint8Array(Buffer.concat([...parts.reverse(), innermost]));
}

/** What must be refused: name, type, encoding, body, and the status of the answer. */
function hostileBodies(): readonly (readonly [string, string, string, Uint8Array<ArrayBuffer>, number])[] {
  const zeros = Buffer.alloc(4_000_000);
  const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
  const oneMegabyte = gzipSync(Buffer.alloc(1_000_000));
  const wide = zstdCompressSync(Buffer.from("x"), { params: { [constants.ZSTD_c_windowLog]: 27 } });
  return [
    ["a gzip bomb", protobuf, "gzip", copy(gzipSync(zeros)), 413],
    ["a gzip bomb in JSON", json, "gzip", copy(gzipSync(zeros)), 413],
    ["a deflate bomb", protobuf, "deflate", copy(deflateSync(zeros)), 413],
    ["a zstd bomb", protobuf, "zstd", copy(zstdCompressSync(zeros)), 413],
    [
      "bombs in a row, each harmless",
      protobuf,
      "gzip",
      copy(Buffer.concat(Array.from({ length: 20 }, () => oneMegabyte))),
      413,
    ],
    ["half a gzip", protobuf, "gzip", copy(gzipSync("whole").subarray(0, 12)), 400],
    ["no gzip", protobuf, "gzip", bytesOf("plain text"), 400],
    ["no zstd", protobuf, "zstd", bytesOf("plain text"), 400],
    ["an encoding that nobody has", protobuf, "br", bytesOf(""), 415],
    ["an encoding that every object inherits", protobuf, "constructor", bytesOf(""), 415],
    ["a type that OTLP does not have", "text/plain", "", bytesOf("x"), 415],
    ["no type", "", "", bytesOf("x"), 415],
    ["a list nested a hundred thousand times", json, "", bytesOf("[".repeat(100_000)), 400],
    ["JSON that is none", json, "", bytesOf('{"resourceSpans":'), 400],
    ["JSON in UTF-16", json, "", copy(Buffer.from('{"a":1}', "utf16le")), 400],
    ["JSON that is a number", json, "", bytesOf("17"), 400],
    ["protobuf that is text", protobuf, "", bytesOf("GET / HTTP/1.1\r\n\r\n"), 400],
    ["field 0", protobuf, "", Uint8Array.of(2, 0), 400],
    ["a length beyond the end", protobuf, "", Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f), 400],
    ["a number without an end", protobuf, "", new Uint8Array(64).fill(0xff), 400],
    ["a resource of the wrong wire type", protobuf, "", Uint8Array.of(0x08, 1), 400],
    [
      "values nested ten thousand times",
      protobuf,
      "",
      nested([1, 1, 1, 2, ...Array.from({ length: 5000 }, () => [5, 1]).flat()].reverse(), 10_004, new Uint8Array(0)),
      400,
    ],
    ["a zstd frame that wants 128 MiB", protobuf, "zstd", copy(wide), 400],
  ];
}

// When these fail, whoever reaches the port can bring the intake down, or fill the memory with a few bytes.
describe("hostile bodies", () => {
  const bodies = hostileBodies();
  for (const [signal, { open, good }] of Object.entries(doors)) {
    test(`${signal}: are refused, and the next good request is taken`, async () => {
      const door = open();
      for (const [name, type, encoding, body, status] of bodies) {
        const answer = await door.sendBytes(body, type, encoding);
        assert.equal(answer.status, status, name);
        assert.ok(answer.body.length < 1000, name);
      }
      assert.equal((await door.send(good)).status, 200);
    });
  }

  test("lists of buckets that never end are refused", async () => {
    const door = doors.metrics.open();
    const bucketCounts = Array.from({ length: 100_000 }, () => 1);
    for (const kind of [
      { histogram: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: at(0), bucketCounts }] } },
      {
        exponentialHistogram: { aggregationTemporality: 2, dataPoints: [{ timeUnixNano: at(0), positive: { bucketCounts } }] },
      },
    ]) {
      const answer = await door.send({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "h", ...kind }] }] }] });
      assert.equal(answer.status, 400);
    }
  });

  test("attributes all over the message are the same as side by side", async () => {
    const door = doors.metrics.open();
    const point = new ProtoWriter();
    const attribute = (name: string, value: string): void => {
      const outer = point.begin(7);
      point.string(1, name);
      const inner = point.begin(2);
      point.string(1, value);
      point.end(inner);
      point.end(outer);
    };
    attribute("a", "1");
    point.bigFixed64(3, BigInt(at(0)));
    attribute("b", "2");
    point.bigFixed64(6, 4n);
    const metric = Buffer.concat([Uint8Array.of(0x0a, 1, 0x67), nested([1, 5], 2, point.finish())]);
    const answer = await door.sendBytes(nested([2, 2, 1], 3, metric), protobuf);
    assert.equal(answer.status, 200);
    assert.deepEqual(lines(door.samples), ['g{a="1", b="2"} 0 4']);
  });
});

// When this fails, some body makes a door throw instead of answer: the sender repeats it for ever.
describe("spoiled bodies", () => {
  for (const [signal, { open, good, shape }] of Object.entries(doors)) {
    test(`${signal}: are answered, whatever was done to them`, async () => {
      const whole = jsonToProtobuf(bytesOf(good), shape);
      const door = open();
      const change = fc.record({ at: fc.nat({ max: whole.length - 1 }), to: fc.nat({ max: 255 }) });
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 4 }),
          fc.nat({ max: whole.length }),
          fc.boolean(),
          async (changes, length, isCut) => {
            const body = whole.slice(0, isCut ? length : whole.length);
            for (const { at: where, to } of changes) if (where < body.length) body[where] = to;
            const { status } = await door.sendBytes(body, protobuf);
            assert.ok(status === 200 || status === 400, String(status));
          },
        ),
        { numRuns: 200 },
      );
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(protobuf, json), async (body, type) => {
          const { status } = await door.sendBytes(new Uint8Array(body), type);
          assert.ok(status === 200 || status === 400, String(status));
        }),
      );
    });
  }
});
