/** ChainPulse remote-writes into a real Prometheus: both then have the same samples, also after Prometheus was away. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startChainPulse } from "../browser/support/server.ts";
import { type Peer, startPrometheus, until } from "./support/peer.ts";
import { keyOf, rawSamples } from "./support/prometheus-api.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const outageMs = 30_000;

const forwarding = z.object({
  destinations: z.array(
    z.object({
      sent: z.number(),
      refused: z.number(),
      refusal: z.string().nullable(),
      dropped: z.number(),
      pendingSamples: z.number(),
      pendingSinceMs: z.number().nullable(),
      newestMs: z.number().nullable(),
      failing: z.string().nullable(),
    }),
  ),
});

const nothingKnown = {
  sent: 0,
  refused: 0,
  refusal: null,
  dropped: 0,
  pendingSamples: 0,
  pendingSinceMs: null,
  newestMs: null,
  failing: null,
} as const;

async function destinationOf(origin: string): Promise<z.output<typeof forwarding>["destinations"][number]> {
  const answer = await fetch(`${origin}/api/v1/performance/forwarding`);
  const [destination] = forwarding.parse(await answer.json()).destinations;
  // The forward thread tells of itself once a second.
  return destination ?? nothingKnown;
}

function configFor(peer: Peer, protocol: string): string {
  return `performance_monitoring:
  remote_write: [{ url: "${peer.url}/api/v1/write", protocol: "${protocol}", external_labels: { site: lab } }]
`;
}

describe("remote write to a real Prometheus", () => {
  // If this fails, what people see in their Prometheus is not what was measured, or an outage of it leaves a hole.
  it("gives it every sample, label for label, and everything that it missed while it was dead", async () => {
    await using peer = await startPrometheus();
    const server = await startChainPulse({ root: checkout, config: configFor(peer, "1.0") });
    try {
      await until("samples are sent", async () => (await destinationOf(server.origin)).sent > 5000);
      const startMs = Date.now();
      await peer.kill();
      await until("half a minute waits", async () => {
        const { pendingSinceMs } = await destinationOf(server.origin);
        return pendingSinceMs !== null && Date.now() - pendingSinceMs > outageMs;
      });
      assert.notEqual((await destinationOf(server.origin)).failing, null);
      await peer.start();
      const backMs = Date.now();
      await until("all of it is sent", async () => {
        const { newestMs, failing } = await destinationOf(server.origin);
        return failing === null && newestMs !== null && newestMs > backMs;
      });
      const { refused, dropped } = await destinationOf(server.origin);
      assert.deepEqual({ refused, dropped }, { refused: 0, dropped: 0 });
      const rangeMs = backMs - startMs + 5000;
      const here = await rawSamples(server.origin, '{__name__!=""}', backMs, rangeMs);
      const there = await rawSamples(peer.url, '{__name__!=""}', backMs, rangeMs);
      assert.ok(here.size > 300, `${here.size} series`);
      const pairs = z.array(z.tuple([z.string(), z.string()]));
      const expected = new Map(
        Array.from(here, ([key, samples]) => [
          keyOf({ ...Object.fromEntries(pairs.parse(JSON.parse(key))), site: "lab" }),
          samples,
        ]),
      );
      assert.deepEqual([...there.keys()].sort(), [...expected.keys()].sort());
      for (const [key, samples] of expected) assert.deepEqual(there.get(key), samples, key);
      const longest = Math.max(...Array.from(here.values(), ({ size }) => size));
      assert.ok(longest > outageMs / 1000 - 5, `${longest} samples in the longest series`);
    } finally {
      await server.stop();
    }
  });

  it("says when a receiver takes version 2.0 and writes nothing of it", async () => {
    // If this fails, samples for a Prometheus from before version 2.54, which answers with success, count as sent and are nowhere.
    await using peer = await startPrometheus();
    const server = await startChainPulse({ root: checkout, config: configFor(peer, "2.0") });
    try {
      await until("samples are refused", async () => (await destinationOf(server.origin)).refused > 1000);
      const { sent, refusal } = await destinationOf(server.origin);
      assert.equal(sent, 0);
      assert.match(refusal ?? "", /written 0 of \d+ samples; does it know remote write 2\.0/);
    } finally {
      await server.stop();
    }
  });
});
