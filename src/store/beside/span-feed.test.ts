import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Span } from "../../core/span.ts";
import { readSpanFeed, type SpanFeedPage, type SpanPlace } from "./span-feed.ts";
import { noonNs, spanOf, type TelemetryLab, telemetryLab } from "./telemetry.test-support.ts";

const hourMs = 3_600_000;
const wide = { spans: 1000, bytes: 1_000_000 };

function spansOf(batch: number, count: number): Span[] {
  return Array.from({ length: count }, (_, index) =>
    spanOf({ traceId: (batch * 1000 + index + 1).toString(16).padStart(32, "0"), startNs: noonNs + BigInt(batch) }),
  );
}

function read(lab: TelemetryLab, after: SpanPlace | null, limits = wide): SpanFeedPage {
  return readSpanFeed(lab.dataDir, { after }, limits, lab.allowance) ?? assert.fail("there is no file");
}

describe("readSpanFeed", () => {
  it("delivers every span in order, each once, over pages, files, kills and what comes in between", () => {
    // Spans that an agent has stored never reach its hub, and nobody learns why a transaction's trace has a hole.
    const step = fc.record({
      spans: fc.nat(30),
      next: fc.constantFrom("nothing", "kill", "next file"),
      pages: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (steps, limit) => {
        using lab = telemetryLab();
        const sent: Span[] = [];
        const got: Span[] = [];
        let after: SpanPlace | null = null;
        const page = (): boolean => {
          const answer = readSpanFeed(lab.dataDir, { after }, { spans: limit, bytes: 1_000_000 }, lab.allowance);
          if (answer === null) return true;
          assert.ok(answer.spans.length <= Math.max(limit, 30), "a page holds one chunk, or no more than it may");
          assert.equal(answer.skippedFiles, 0);
          got.push(...answer.spans);
          after = structuredClone(answer.next);
          return answer.isLast;
        };
        for (const [batch, { spans: count, next, pages }] of steps.entries()) {
          const spans = spansOf(batch, count);
          lab.store.addSpans(spans);
          sent.push(...spans);
          if (next === "kill") lab.reopen();
          if (next === "next file") lab.pass(24 * hourMs);
          for (let n = 0; n < pages; n++) page();
        }
        while (!page());
        assert.deepEqual(got, sent);
        assert.deepEqual(lab.notes, []);
      }),
      { numRuns: 15 },
    );
  });

  it("counts what programs say of themselves among the bytes of a page, once each", () => {
    // A page of two thousand spans, each of a program that says a megabyte of itself, would end the thread that forwards everything.
    using lab = telemetryLab();
    const wordy = (host: string): Span => spanOf({ host: host.repeat(100_000), spanId: host.repeat(16) });
    lab.store.addSpans([wordy("a"), { ...wordy("a"), spanId: "d".repeat(16) }, wordy("b"), wordy("c")]);
    const pages: number[] = [];
    let after: SpanPlace | null = null;
    for (let isLast = false; !isLast;) {
      const page = read(lab, after, { spans: 1000, bytes: 150_000 });
      pages.push(page.spans.length);
      ({ next: after, isLast } = page);
    }
    assert.deepEqual(pages, [3, 1]);
  });

  it("goes on behind a file that retention has deleted, and says so", () => {
    // An agent that was cut off for a week would be stuck for ever, or lose spans without a word.
    using lab = telemetryLab({ traces: { max_bytes: 16_777_216, max_age_days: 1, sample_ratio: 1 } });
    lab.store.addSpans(spansOf(1, 2));
    const { next } = read(lab, null);
    lab.pass(30 * hourMs);
    lab.store.addSpans(spansOf(2, 2));
    lab.store.maintain();
    const { spans, skippedFiles, next: after, isLast } = read(lab, next);
    assert.deepEqual(spans, spansOf(2, 2));
    assert.deepEqual([skippedFiles, isLast], [1, true]);
    assert.equal(read(lab, after).skippedFiles, 0);
    assert.deepEqual(read(lab, after).spans, []);
  });

  it("leaves out what is damaged and tells of it, a chunk as well as a file", () => {
    // One bad sector would keep all later spans from the hub.
    using lab = telemetryLab();
    // So many that each batch has a chunk of its own.
    for (const batch of [1, 2, 3]) lab.store.addSpans(spansOf(batch, 200));
    lab.pass(24 * hourMs);
    lab.store.addSpans(spansOf(4, 1));
    lab.store.close();
    const [first = ""] = readdirSync(join(lab.dataDir, "traces")).filter((name) => name.endsWith(".db"));
    const path = join(lab.dataDir, "traces", first);
    const database = new DatabaseSync(path);
    database.exec("UPDATE chunk SET body = zeroblob(30) WHERE id = 201");
    database.close();
    assert.deepEqual(read(lab, null).spans, [...spansOf(1, 200), ...spansOf(3, 200), ...spansOf(4, 1)]);
    assert.match(lab.notes.join(), /chunk 201/);
    for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
    writeFileSync(path, "no database");
    assert.deepEqual(read(lab, null).spans, spansOf(4, 1));
  });

  it("begins a file anew whose newest chunks a loss of power has taken back", () => {
    // Chunks that come later have the numbers of those that were lost, and would be passed over.
    using lab = telemetryLab();
    lab.store.addSpans(spansOf(1, 1));
    const { next } = read(lab, null);
    assert.deepEqual(read(lab, { ...next, record: next.record + 3 }).spans, spansOf(1, 1));
  });
});
