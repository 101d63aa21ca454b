/** ChainPulse sends its traces on to receivers of OTLP that others have made, in both encodings. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild } from "../../bench/support/child.ts";
import { startChainPulse } from "../browser/support/server.ts";
import { installRig } from "./support/install-rig.ts";
import { until } from "./support/peer.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

interface Receivers extends AsyncDisposable {
  /** Genkit's telemetry server. */
  readonly genkit: string;
  /** OpenTelemetry's own definitions of the messages. */
  readonly protobuf: string;
}

async function startReceivers(): Promise<Receivers> {
  const rig = await installRig("otlp-receiver", ["serve.mjs"]);
  const directory = mkdtempSync(join(tmpdir(), "chainpulse-otlp-"));
  const child = spawn(process.execPath, [join(rig, "serve.mjs")], { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
  const end = async (): Promise<void> => {
    await endChild(child, "SIGKILL");
    rmSync(directory, { recursive: true });
  };
  const ports = z.object({ genkit: z.number(), protobuf: z.number() });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith("{")) continue;
    const { genkit, protobuf } = ports.parse(JSON.parse(line));
    return { genkit: `http://127.0.0.1:${genkit}`, protobuf: `http://127.0.0.1:${protobuf}`, [Symbol.asyncDispose]: end };
  }
  await end();
  return assert.fail("the receivers have ended before they served");
}

const traceId = "0af7651916cd43dd8448eb211c80319c";
const [rootId, childId] = ["00f067aa0ba902b7", "00f067aa0ba902b8"];
const beginNs = "1764072000123456789";
const endNs = "1764072000999999999";
const sent = [
  {
    traceId,
    spanId: rootId,
    name: "pay",
    kind: 2,
    startTimeUnixNano: beginNs,
    endTimeUnixNano: endNs,
    attributes: [
      { key: "tx.nonce", value: { intValue: "7" } },
      { key: "tx.hash", value: { stringValue: "0xä" } },
      { key: "share", value: { doubleValue: 0.5 } },
    ],
    events: [{ timeUnixNano: beginNs, name: "signed" }],
    flags: 257,
  },
  {
    traceId,
    spanId: childId,
    parentSpanId: rootId,
    name: "sign",
    kind: 1,
    startTimeUnixNano: beginNs,
    endTimeUnixNano: endNs,
    status: { code: 2, message: "no key" },
  },
];
const resource = { attributes: [{ key: "service.name", value: { stringValue: "wallet" } }] };
const tell = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "tracer", version: "1" }, spans: sent }] }] };

const genkitTrace = z.object({
  spans: z.record(
    z.string(),
    z.object({
      displayName: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      spanKind: z.string(),
      parentSpanId: z.string().optional(),
      attributes: z.record(z.string(), z.unknown()),
      status: z.object({ code: z.number(), message: z.string().optional() }).optional(),
    }),
  ),
});

describe("traces to receivers of others", () => {
  it("are taken by them, and are there what they are here", async () => {
    // If it fails, what people see in their tracing backend is not what ChainPulse has, or it refuses us.
    await using receivers = await startReceivers();
    const config = `performance_monitoring:
  otlp_export:
    - { endpoint: "${receivers.genkit}/api/otlp/v1/metrics", metrics: false, traces: true, encoding: json }
    - { endpoint: "${receivers.protobuf}/v1/metrics", metrics: false, traces: true, compression: none }
`;
    const server = await startChainPulse({ root: checkout, config });
    try {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${server.origin}/v1/traces`, { method: "POST", headers, body: JSON.stringify(tell) });
      assert.equal(answer.status, 200);

      // Of a trace that it does not have it answers nothing.
      const stored = async (): Promise<string> => (await fetch(`${receivers.genkit}/api/traces/${traceId}`)).text();
      await until("Genkit has the trace", async () => (await stored()) !== "");
      const { spans } = genkitTrace.parse(JSON.parse(await stored()));
      assert.deepEqual(
        Object.keys(spans).sort((a, b) => a.localeCompare(b)),
        [rootId, childId],
      );
      const [root, child] = [spans[rootId], spans[childId]];
      assert.deepEqual(
        [root?.displayName, root?.startTime, root?.endTime, root?.spanKind, root?.attributes],
        ["pay", 1_764_072_000_123, 1_764_072_001_000, "SERVER", { "tx.nonce": "7", "tx.hash": "0xä", share: 0.5 }],
      );
      assert.deepEqual([child?.parentSpanId, child?.status], [rootId, { code: 2, message: "no key" }]);

      const decoded = async (): Promise<unknown> => (await fetch(`${receivers.protobuf}/received`)).json();
      await until("the protobuf has come", async () => JSON.stringify(await decoded()) !== "[]");
      const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
      const asDecoded = [
        {
          ...sent[0],
          traceId: base64(traceId),
          spanId: base64(rootId),
        },
        { ...sent[1], traceId: base64(traceId), spanId: base64(childId), parentSpanId: base64(rootId) },
      ];
      assert.deepEqual(await decoded(), [
        { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "tracer", version: "1" }, spans: asDecoded }] }] },
      ]);
    } finally {
      await server.stop();
    }
  });
});
