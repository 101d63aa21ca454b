import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { compressSync } from "snappy";
import { listFiles, receivedDir } from "../../store/partition/partition-files.ts";
import { hourMs } from "../../store/ticks.test-support.ts";
import { fullStore } from "../full-store.test-support.ts";
import { withHolds } from "../series-holds.ts";
import { BatchEncoder } from "../agent-protocol/batch-encoder.ts";
import { readHead } from "../agent-protocol/batch-decoder.ts";
import { AgentSession } from "./agents/agent-session.ts";
import type { DoorAnswer } from "./door.ts";
import { type IntakeLab, openIntakeLab } from "./intake-lab.test-support.ts";
import { readIntake } from "./intake-table.ts";
import { bitsOf, writeRequestV2 } from "./remote-write/write-request.test-support.ts";

const v2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

describe("samples of times whose files went for their size", () => {
  const { store, writer } = fullStore();
  after(() => store[Symbol.dispose]());
  const { logger, clock, dataDir } = store;
  const oldestMs = writer.oldestAcceptedMs();
  const oldMs = oldestMs - 1;
  const newMs = clock.nowMs();

  const open = (): IntakeLab & Disposable => {
    const lab = openIntakeLab({ writer: withHolds(writer), clock, logger, dataDir });
    return { ...lab, [Symbol.dispose]: () => lab.close() };
  };
  const sendRemoteWrite = ({ service }: IntakeLab): Promise<DoorAnswer> => {
    const samples = [oldMs, newMs].map((timeMs) => ({ timeMs, bits: bitsOf(1) }));
    const message = writeRequestV2([{ labels: { __name__: "rw" }, samples }]);
    const body = Uint8Array.from(compressSync(Buffer.from(message)));
    return service.receive("remote_write", { contentType: v2, contentEncoding: "snappy", headers: {}, body, node: null });
  };
  const refusedBy = ({ table }: IntakeLab, name: string): object => {
    const door = readIntake(table).doors.find((one) => one.door === name);
    return Object.fromEntries((door?.refused ?? []).filter(([, count]) => count > 0));
  };
  const textOf = ({ body }: DoorAnswer): string => new TextDecoder().decode(body);

  test("are refused by remote write as too old, and counted", async () => {
    // If it fails, a Prometheus that was away for a day is told that its samples are stored, and nobody has them.
    assert.ok(oldMs > clock.nowMs() - 30 * 24 * hourMs && oldestMs < clock.nowMs(), "the retention is not what refuses them");
    using lab = open();
    lab.tellOldest();
    const answer = await sendRemoteWrite(lab);
    assert.equal(answer.status, 400);
    assert.match(textOf(answer), /^1 samples were not stored: 1 because .* is older than what is kept \(.*storage.max_bytes\)/);
    assert.equal(answer.headers["x-prometheus-remote-write-samples-written"], "1");
    assert.deepEqual(refusedBy(lab, "remote_write"), { too_old: 1 });
  });

  test("are refused by OTLP as too old, and counted", async () => {
    // If it fails, an exporter that was away for a day counts as exported what nobody has.
    using lab = open();
    lab.tellOldest();
    const dataPoints = [oldMs, newMs].map((timeMs) => ({ timeUnixNano: `${timeMs}000000`, asInt: "1" }));
    const message = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "otlp", gauge: { dataPoints } }] }] }] };
    const json = new TextEncoder().encode(JSON.stringify(message));
    const answer = await lab.service.receive("otlp_metrics", {
      contentType: "application/json",
      contentEncoding: "",
      headers: {},
      body: json,
      node: null,
    });
    assert.equal(answer.status, 200);
    assert.match(textOf(answer), /"rejectedDataPoints":"1"/);
    assert.deepEqual(refusedBy(lab, "otlp_metrics"), { too_old: 1 });
  });

  test("are told to an agent as refused", async () => {
    // If it fails, an agent's buffer of a day goes into nothing, and `refusedSamples` stays 0.
    using lab = open();
    lab.tellOldest();
    const samples = {
      count: 2,
      refs: new Uint32Array(2),
      timesMs: Float64Array.of(oldMs, newMs),
      values: Float64Array.of(1, 2),
    };
    const { bytes } = new BatchEncoder(new Uint8Array(16)).encode([{ seq: 1, samples }], () => ({ __name__: "agent" }), "{}");
    const session = new AgentSession({ id: "00", node: "n", outbox: "o", seriesMax: 10, sink: lab.sink });
    const { refused, received, refusal } = await session.read(readHead(bytes));
    assert.deepEqual([refused.too_old, received.count], [1, 1]);
    assert.match(refusal ?? "", /older than what the hub keeps/);
  });

  test("are asked for again, and stored nowhere, where the files went while they were on their way", async () => {
    // If it fails, the same happens to those that come in the moment in which files go.
    using lab = open();
    const before = writer.stats().samplesCommitted;
    const files = listFiles(receivedDir(dataDir)).map(({ startMs }) => startMs);
    const early = await sendRemoteWrite(lab);
    assert.deepEqual([early.status, early.headers["retry-after"]], [503, "1"]);
    assert.equal(writer.stats().samplesCommitted, before);
    assert.deepEqual(
      listFiles(receivedDir(dataDir)).map(({ startMs }) => startMs),
      files,
    );
    lab.tellOldest();
    assert.equal((await sendRemoteWrite(lab)).status, 400);
    assert.equal(writer.stats().samplesCommitted, before + 1);
  });
});
