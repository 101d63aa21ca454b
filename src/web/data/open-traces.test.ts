import assert from "node:assert/strict";
import { test } from "node:test";
import { openText, openTracesUrl } from "./open-traces.ts";
import type { TraceSummary } from "./telemetry.ts";

function trace(name: string, startMs: number): TraceSummary {
  const root = { service: "geth", name };
  return { traceId: "a".repeat(32), startMs, durationMs: 0, spans: 2, errors: 0, root, first: root, services: [] };
}

test("what waits is asked for among the listed traces, and its time goes on", () => {
  // A transaction that has waited for an hour would be shown as one that took no time.
  const url = new URL(
    openTracesUrl([trace("transaction", 9500), trace("GET /", 1), trace("transaction", 4200)]) ?? "",
    "http://x",
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    from: "4",
    to: "10",
    limit: "500",
    name: "transaction",
    attribute: "tx.status=pending",
  });
  assert.equal(openTracesUrl([trace("GET /", 1), { ...trace("transaction", 1), root: null }]), null);
  const words = (ms: number) => openText(1000, 1000 + ms).replaceAll("\u00a0", " ");
  assert.deepEqual([words(2500), words(-5)], ["open for 2.5 s", "open for 0 s"]);
});
