import assert from "node:assert/strict";
import { test } from "node:test";
import { observedSource, type ObservedSpan, spanOf } from "../../../core/observed-span.ts";
import type { Span } from "../../../core/span.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { telemetryLab } from "../../../store/beside/telemetry.test-support.ts";
import { openTelemetryReader } from "../../../store/beside/telemetry-reader.ts";
import { eachStoredTrace } from "./stored-traces.ts";

const startNs = 1_764_072_000_000_000_000n;

function root(index: number, status: string, node = "node-1", service = "geth"): Span {
  const traceId = `${"a".repeat(24)}${index.toString(16).padStart(8, "0")}`;
  const span: ObservedSpan = {
    service,
    traceId,
    spanId: "00f067aa0ba902b7",
    parentSpanId: "",
    name: "transaction",
    kind: "internal",
    startNs: startNs + BigInt(index),
    endNs: startNs + BigInt(index),
    status: "unset",
    statusMessage: "",
    attributes: { "tx.status": status },
    events: [],
    links: [],
  };
  return spanOf(span, observedSource(node, service));
}

test("what an observer has stored is read back, whole and in parts, and nothing of others", async () => {
  // After a restart transactions would be taken up that another node's client, or another client, has on its way; or only the newest would.
  using lab = telemetryLab();
  const own = Array.from({ length: 30 }, (_, index) => root(index, "pending"));
  const part: Span = { ...root(7, ""), spanId: "00f067aa0ba902b8", name: "transaction.mempool", attributes: {} };
  const others = [root(7, "pending", "node-2"), root(40, "pending", "node-1", "reth"), root(41, "included")];
  lab.store.addSpans([...own, part, ...others]);
  // Each search is late at once: it goes on where it was.
  let nowMs = 0;
  const clock = { nowMs: () => 0, monotonicMs: () => (nowMs += 21) };
  const openReader = () => openTelemetryReader({ dataDir: lab.dataDir, logger: keepLines().logger });
  const read = async (tracesMax: number): Promise<readonly (readonly Span[])[]> => {
    const traces: (readonly Span[])[] = [];
    const attribute = { key: "tx.status", value: "pending" };
    const wish = { service: "geth", name: "transaction", attribute, tracesMax };
    await eachStoredTrace(wish, { node: "node-1", clock, openReader }, (spans) => void traces.push(spans));
    return traces;
  };
  const all = await read(1000);
  assert.deepEqual(
    all.map(([span]) => span?.traceId),
    own.map(({ traceId }) => traceId).toReversed(),
  );
  assert.deepEqual(
    all.filter((spans) => spans.length > 1).map((spans) => spans.map(({ name }) => name)),
    [["transaction", "transaction.mempool"]],
  );
  assert.equal((await read(12)).length, 12);
  clock.monotonicMs = () => (nowMs += 1000);
  assert.ok((await read(1000)).length < 6, "whoever begins to watch does not wait for all of a large store");
});
