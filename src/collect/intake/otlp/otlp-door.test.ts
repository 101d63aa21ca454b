import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChainPulseError } from "../../../core/errors.ts";
import type { DoorName } from "../../../core/intake.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { keepLines, type LogLine } from "../../../store/log-lines.test-support.ts";
import type { DoorAnswer } from "../door.ts";
import { openIntakeLab } from "../intake-lab.test-support.ts";
import { readIntake } from "../intake-table.ts";
import { type MemoryWriter, memoryWriter } from "../memory-writer.test-support.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import { at, nowMs } from "./otlp.test-support.ts";
import { type MessageShape, metricsRequest, tracesRequest } from "./otlp-messages.ts";

interface Lab extends Disposable {
  readonly writer: MemoryWriter;
  readonly lines: readonly LogLine[];
  /** What the store of spans fails with. */
  besideFailure: Error | null;
  send(door: DoorName, encoding: "protobuf" | "json"): Promise<DoorAnswer>;
  /** How requests of metrics have ended. */
  outcomes(): Readonly<Record<string, number>>;
}

const point = { timeUnixNano: at(0), asInt: "1" };
const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const messages: Readonly<Partial<Record<DoorName, { readonly shape: MessageShape; readonly message: object }>>> = {
  otlp_metrics: {
    shape: metricsRequest,
    message: { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "g", gauge: { dataPoints: [point] } }] }] }] },
  },
  otlp_traces: { shape: tracesRequest, message: { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] } },
};

function openLab(): Lab {
  const writer = memoryWriter();
  const { logger, lines } = keepLines();
  const none = (): void => undefined;
  const failBeside = (): void => {
    if (self.besideFailure !== null) throw self.besideFailure;
  };
  const telemetry = {
    addSpans: none,
    addLogs: none,
    addExemplars: none,
    noteMetadata: none,
    addEvents: none,
    sync: failBeside,
  };
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
  const lab = openIntakeLab({ writer, clock, logger, dataDir: "/nowhere", telemetry });
  const self: Lab = {
    writer,
    lines,
    besideFailure: null,
    send(door, encoding) {
      const { message = {}, shape = {} } = messages[door] ?? {};
      const json = new TextEncoder().encode(JSON.stringify(message));
      const body = encoding === "json" ? json : jsonToProtobuf(json, shape);
      const contentType = encoding === "json" ? "application/json" : "application/x-protobuf";
      return lab.service.receive(door, { contentType, contentEncoding: "", headers: {}, body, node: null });
    },
    outcomes() {
      const facts = readIntake(lab.table).doors.find(({ door }) => door === "otlp_metrics");
      return Object.fromEntries((facts?.requests ?? []).filter(([, count]) => count > 0));
    },
    [Symbol.dispose]: () => lab.close(),
  };
  return self;
}

/** Code and message of the google.rpc.Status in the answer. */
function statusOf({ headers, body }: DoorAnswer): { readonly code: number; readonly message: string } {
  if (headers["content-type"] === "application/json") {
    const { code, message }: { code: number; message: string } = JSON.parse(new TextDecoder().decode(body));
    return { code, message };
  }
  assert.equal(headers["content-type"], "application/x-protobuf");
  const reader = new ProtoReader(body);
  let [code, message] = [0, ""];
  while (reader.next()) {
    if (reader.field === 1) code = reader.int32();
    else if (reader.field === 2) message = reader.string();
    else reader.skip();
  }
  return { code, message };
}

const unavailable = 14;
const diskFails = new ChainPulseError("STORE_UNUSABLE", "write to /data: EIO: i/o error, fdatasync");

describe("what fails here is asked for again", () => {
  for (const encoding of ["protobuf", "json"] as const) {
    test(`when the disk does, in ${encoding}`, async () => {
      // If it fails, exporters throw away what nobody has: OTLP lets them repeat 429, 502, 503 and 504 alone, and a 500 is final.
      using lab = openLab();
      lab.writer.failure = diskFails;
      lab.besideFailure = diskFails;
      for (const door of ["otlp_metrics", "otlp_traces"] as const) {
        const answer = await lab.send(door, encoding);
        assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "10"], door);
        assert.deepEqual(statusOf(answer), { code: unavailable, message: diskFails.message }, door);
      }
      lab.writer.failure = null;
      lab.besideFailure = null;
      assert.equal((await lab.send("otlp_metrics", encoding)).status, 200);
      assert.equal(lab.writer.stored.size, 1);
    });

    test(`when nobody knows why, in ${encoding}, and that is in the log alone`, async () => {
      // If it fails, a mistake of ours costs the sender its data, or tells strangers of our insides.
      using lab = openLab();
      lab.besideFailure = new TypeError("x is not a function");
      const answer = await lab.send("otlp_traces", encoding);
      assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "10"]);
      assert.deepEqual(statusOf(answer), { code: unavailable, message: "ChainPulse failed; its log says why" });
      assert.ok(lab.lines.some(({ level, message }) => level === "error" && message.includes("could not be stored")));
    });
  }

  test("and counted as our failure, unlike a full disk", async () => {
    // If it fails, a disk that does not work looks in every chart like too many requests.
    using lab = openLab();
    lab.writer.failure = diskFails;
    await lab.send("otlp_metrics", "protobuf");
    lab.writer.failure = new ChainPulseError("STORE_FULL", "the disk is full");
    await lab.send("otlp_metrics", "protobuf");
    assert.deepEqual(lab.outcomes(), { overloaded: 1, failed: 1 });
  });
});
