import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import type { Span } from "../../core/span.ts";
import { writeOldTraceFile } from "./old-trace-file.test-support.ts";
import { readSpanFeed } from "./span-feed.ts";
import { allPages, noonNs, spanOf, telemetryLab } from "./telemetry.test-support.ts";

it("a file of version 1 is searched, drawn and sent on as one of the present version, and is not written to any more", () => {
  // An update would hide the traces of the last days, or damage the file that holds them.
  using lab = telemetryLab();
  const traceId = "a".repeat(32);
  const root = spanOf({ traceId, spanId: "1".repeat(16) });
  const child: Span = {
    ...spanOf({ traceId, spanId: "2".repeat(16), service: "bank", startNs: noonNs + 5n }),
    parentSpanId: root.spanId,
    status: "error",
    attributes: { "tx.hash": "0xabc" },
  };
  const other = spanOf({ traceId: "b".repeat(32), startNs: noonNs + 9n });
  const before: Span = { ...child, status: "unset" };
  const chunks = [[root, before], [other], [child]];
  const name = `${new Date(Number(noonNs / 1_000_000n)).toISOString().replaceAll(/[-:]/g, "")}.db`;
  writeOldTraceFile(lab.dataDir, name, chunks);
  const later = spanOf({ traceId, spanId: "3".repeat(16), parentSpanId: child.spanId, startNs: noonNs + 7n });
  lab.store.addSpans([later]);
  assert.equal(readdirSync(join(lab.dataDir, "traces")).filter((file) => file.endsWith(".db")).length, 2);

  const search = (conditions: object): string[] =>
    allPages((cursor) =>
      lab.reader.traces({ fromNs: 0n, toNs: 2n ** 64n, ...conditions }, { limit: 1, cursor }, lab.allowance),
    ).map((found) => found.traceId);
  assert.deepEqual(search({}), [other.traceId, traceId]);
  assert.deepEqual(search({ status: "error" }), [traceId]);
  assert.deepEqual(search({ service: "bank", status: "unset" }), [], "what was replaced is not found");
  assert.deepEqual(search({ attributes: [{ key: "tx.hash", value: "0xabc" }], node: "node-1" }), [traceId]);
  assert.deepEqual(search({ attributes: [{ key: "tx.hash", value: "0xab" }] }), []);

  const { summary, columns } = lab.reader.columns(traceId, 10, lab.allowance) ?? assert.fail("the trace is there");
  assert.deepEqual([summary.spans, summary.errors, [...columns.parent]], [3, 1, [-1, 0, 1]]);
  const { spans } = lab.reader.trace(traceId, { spansMax: 10, bytesMax: 1e6 }, lab.allowance) ?? assert.fail("it has spans");
  assert.deepEqual(spans, [root, child, later]);

  const sent: Span[] = [];
  for (let page = readSpanFeed(lab.dataDir, { after: null }, { spans: 2, bytes: 1e6 }, lab.allowance); page !== null;) {
    sent.push(...page.spans);
    page = page.isLast ? null : readSpanFeed(lab.dataDir, { after: page.next }, { spans: 2, bytes: 1e6 }, lab.allowance);
  }
  assert.deepEqual(sent, [...chunks.flat(), later]);
  assert.deepEqual(lab.notes, []);
});
