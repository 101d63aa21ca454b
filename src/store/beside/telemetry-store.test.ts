import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../core/clock.ts";
import { telemetrySchema } from "../../core/config-telemetry.ts";
import { observedSource } from "../../core/observed-span.ts";
import type { Span } from "../../core/span.ts";
import { mountDisk } from "../faults/mounted-disk.test-support.ts";
import { keepLines } from "../log-lines.test-support.ts";
import { exemplarCharsMax } from "./exemplar-tables.ts";
import { openTelemetryReader } from "./telemetry-reader.ts";
import { openTelemetryStore } from "./telemetry-store.ts";
import { allPages, batchOf, logOf, noonNs, spanOf, type TelemetryLab, telemetryLab } from "./telemetry.test-support.ts";

const hourMs = 3_600_000;
const mib = 1_048_576;
const everything = { fromNs: 0n, toNs: 2n ** 64n };
const wholly = { spansMax: 1000, bytesMax: 64 * mib };

function traceIds({ reader, allowance }: Pick<TelemetryLab, "reader" | "allowance">): string[] {
  return allPages((cursor) => reader.traces(everything, { limit: 100, cursor }, allowance)).map(({ traceId }) => traceId);
}

/** A span that takes its size on the disk too. */
function largeSpan(index: number, bytes: number): Span {
  const traceId = index.toString(16).padStart(32, "0");
  return spanOf({ traceId, startNs: noonNs + BigInt(index), attributes: { noise: randomBytes(bytes / 2).toString("hex") } });
}

describe("openTelemetryStore", () => {
  it("makes no file before something comes, and reads nothing from nothing", () => {
    // A node without telemetry would pay for it in files, memory and time.
    using lab = telemetryLab();
    lab.store.addSpans([]);
    lab.store.addLogs([]);
    lab.store.noteMetadata([]);
    lab.store.addEvents([]);
    lab.store.sync();
    lab.store.maintain();
    assert.deepEqual(traceIds(lab), []);
    assert.equal(lab.reader.trace("0".repeat(32), wholly, lab.allowance), null);
    assert.deepEqual(lab.reader.exemplars([[]], 0, 1, 10, lab.allowance), []);
    assert.deepEqual(lab.reader.metadata(null, 10, lab.allowance), []);
    assert.deepEqual(lab.reader.events({ kind: "chain.block" }, { limit: 10, cursor: null }, lab.allowance).items, []);
    assert.deepEqual(readdirSync(lab.dataDir), []);
  });

  it("keeps what was acknowledged when its process is killed", async () => {
    // A sender forgets what was acknowledged: it would be lost for good.
    const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-telemetry-kill-"));
    const child = fileURLToPath(new URL("./add-until-killed.test-support.ts", import.meta.url));
    const adding = spawn(process.execPath, [child, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    adding.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (text.split("\n").length > 30) adding.kill("SIGKILL");
    });
    await once(adding, "close");
    assert.equal(adding.signalCode, "SIGKILL", "the process ended by itself");
    const acknowledged = text.slice(0, text.lastIndexOf("\n")).split("\n").length;
    const { logger } = keepLines();
    const reader = openTelemetryReader({ dataDir, logger });
    const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => assert.fail(note) };
    const records = allPages((cursor) => reader.logs(everything, { limit: 500, cursor }, allowance));
    const exemplars = reader.exemplars([[{ name: "__name__", operator: "=", value: "m" }]], 0, 1e9, 1e6, allowance);
    for (let batch = 0; batch < acknowledged; batch++) {
      const { spans, events } = batchOf(batch);
      const kept = reader.events({ kind: "chain.block", key: events[0]?.key }, { limit: 2, cursor: null }, allowance);
      assert.deepEqual(
        kept.items.map(({ item }) => item),
        events,
      );
      assert.deepEqual(reader.trace(spans[0]?.traceId ?? "", wholly, allowance)?.spans, spans);
      assert.equal(records.filter(({ traceId }) => traceId === spans[0]?.traceId).length, spans.length);
      assert.ok(exemplars.some(({ series }) => series["batch"] === String(batch)));
    }
    reader.close();
    rmSync(dataDir, { recursive: true });
  });

  it("deletes the oldest files past the age and the size, and never for a clock that was set forward", () => {
    // The disk fills up; or one wrong time from the network deletes all traces.
    using lab = telemetryLab({ traces: { max_bytes: 4 * mib, max_age_days: 1, sample_ratio: 1 } });
    lab.store.addSpans([largeSpan(0, 100)]);
    lab.pass(25 * hourMs);
    lab.store.addSpans([largeSpan(1, 100)]);
    lab.store.maintain();
    assert.deepEqual(traceIds(lab), [largeSpan(1, 2).traceId], "the file of yesterday has gone");
    for (let index = 2; index < 42; index++) {
      lab.store.addSpans([largeSpan(index, mib / 4)]);
      lab.pass(60_000);
      lab.store.maintain();
    }
    const left = traceIds(lab);
    assert.ok(left.length > 10 && left.length < 40, String(left.length));
    assert.deepEqual(
      left,
      Array.from(left.keys(), (age) => largeSpan(41 - age, 2).traceId),
      "the newest ones, without a hole",
    );
    const { bytes, files } = lab.store.stats().traces;
    assert.ok(bytes < 5 * mib && files > 3, `${bytes} bytes in ${files} files`);
    lab.jump(1000 * hourMs);
    lab.pass(60_000);
    lab.store.maintain();
    assert.deepEqual(traceIds(lab), left);
  });

  it("goes on in a new file where one is damaged, and says what is missing", () => {
    // One bad sector would end tracing, or take the traces of all other days with it.
    using lab = telemetryLab();
    const { traceId } = largeSpan(1, 100);
    // So many that they have a chunk of their own.
    const ids = Array.from({ length: 200 }, (_, index) => index.toString(16).padStart(16, "f"));
    lab.store.addSpans(ids.map((spanId) => ({ ...largeSpan(1, 100), spanId })));
    lab.pass(24 * hourMs);
    lab.store.addSpans([largeSpan(2, 100)]);
    lab.store.addLogs([logOf()]);
    lab.store.close();
    const [old = "", newest = ""] = readdirSync(join(lab.dataDir, "traces"))
      .filter((name) => name.endsWith(".db"))
      .sort();
    writeFileSync(join(lab.dataDir, "traces", newest), "no database");
    const [logs = ""] = readdirSync(join(lab.dataDir, "logs"));
    truncateSync(join(lab.dataDir, "logs", logs), 5000);
    lab.reopen();
    lab.store.addSpans([largeSpan(3, 100)]);
    lab.store.addLogs([logOf({ body: "later" })]);
    assert.deepEqual(traceIds(lab), [largeSpan(3, 2).traceId, traceId]);
    assert.deepEqual(
      lab.lines.filter(({ level }) => level === "error").map(({ fields }) => String(fields["path"])),
      [join(lab.dataDir, "traces", `${newest}.corrupt`), join(lab.dataDir, "logs", `${logs}.corrupt`)],
    );
    const database = new DatabaseSync(join(lab.dataDir, "traces", old));
    const body = database.prepare("SELECT body FROM chunk").get()?.["body"];
    assert.ok(body instanceof Uint8Array);
    body[30] = (body[30] ?? 0) ^ 1;
    database.prepare("UPDATE chunk SET body = ?").run(body);
    database.close();
    const { summary, spans } = lab.reader.trace(traceId, wholly, lab.allowance) ?? assert.fail();
    assert.deepEqual([summary.spans, spans], [ids.length, []]);
    assert.match(lab.notes.join(), /damaged.*the checksum of chunk 1 is wrong/);
  });

  it("refuses everything while the disk is full, stores nothing of it, and goes on by itself", (context) => {
    // Half of a batch would be a trace with holes; a restart would be needed before tracing works again.
    const disk = mountDisk(8 * mib);
    if (disk === null) return context.skip("only root may mount a disk");
    using _ = disk;
    const clock: Clock = { nowMs: () => Number(noonNs / 1_000_000n), monotonicMs: () => 0 };
    const { logger } = keepLines();
    const dataDir = join(disk.path, "data");
    const store = openTelemetryStore({ dataDir, clock, logger, limits: telemetrySchema.parse({}) });
    const reader = openTelemetryReader({ dataDir, logger });
    const notes: string[] = [];
    const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => void notes.push(note) };
    store.addSpans([largeSpan(0, 1000)]);
    store.addLogs([logOf()]);
    const ballast = join(disk.path, "ballast");
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 100_000));
    const spans = Array.from({ length: 30 }, (_, index) => largeSpan(index + 1, 50_000));
    assert.throws(() => store.addSpans(spans), { code: "STORE_FULL" });
    assert.throws(() => store.addLogs(spans.map(({ attributes }) => logOf({ attributes }))), { code: "STORE_FULL" });
    assert.throws(() => store.addExemplars(Array.from({ length: 2000 }, (_, index) => batchOf(index).exemplars).flat()), {
      code: "STORE_FULL",
    });
    assert.equal(store.stats().failed, 30 + 30 + 2000);
    assert.deepEqual(traceIds({ reader, allowance }), [largeSpan(0, 2).traceId]);
    rmSync(ballast);
    store.addSpans(spans);
    assert.equal(traceIds({ reader, allowance }).length, 31);
    assert.deepEqual(notes, []);
    reader.close();
    store.close();
  });

  it("does not touch the files of a newer version", () => {
    // A downgrade would destroy what the newer version has written.
    using lab = telemetryLab();
    lab.store.addSpans([spanOf()]);
    lab.store.close();
    const [name = ""] = readdirSync(join(lab.dataDir, "traces"));
    const database = new DatabaseSync(join(lab.dataDir, "traces", name));
    database.exec("PRAGMA user_version = 9; PRAGMA application_id = 0");
    database.close();
    lab.reopen();
    assert.throws(() => lab.store.addSpans([spanOf()]), { code: "STORE_TOO_NEW" });
    assert.throws(() => traceIds(lab), { code: "STORE_TOO_NEW" });
    assert.ok(existsSync(join(lab.dataDir, "traces", name)));
  });

  it("keeps the newest exemplars, each once, and none with longer labels than the standard has", () => {
    // A retried request doubles the points of a chart; a talkative program fills the disk.
    using lab = telemetryLab({ exemplars: { max: 1000 } });
    const everyBatch = [[{ name: "batch", operator: "=~" as const, value: ".*" }]];
    const read = (): string[] =>
      lab.reader.exemplars(everyBatch, 0, 1e9, 1e6, lab.allowance).map(({ series }) => series["batch"] ?? "");
    lab.store.addExemplars(batchOf(7).exemplars);
    lab.store.addExemplars(batchOf(7).exemplars);
    const long = { labels: { a: "x".repeat(exemplarCharsMax) }, value: 1, timestampMs: 1 };
    lab.store.addExemplars([{ series: { __name__: "m" }, exemplars: [long] }]);
    assert.deepEqual(read(), ["7"]);
    const { stored, repeated, refused } = lab.store.stats().exemplars;
    assert.deepEqual({ stored, repeated, refused }, { stored: 1, repeated: 1, refused: 1 });
    for (let batch = 1000; batch < 3000; batch += 10) {
      lab.store.addExemplars(Array.from({ length: 10 }, (_, index) => batchOf(batch + index).exemplars).flat());
    }
    const kept = read();
    assert.ok(kept.length >= 1000 && kept.length <= 1050, String(kept.length));
    assert.ok(kept.includes("2999") && !kept.includes("1000") && !kept.includes("7"));
    assert.equal(lab.reader.exemplars(everyBatch, 0, 1e9, 10, lab.allowance).length, 10);
    assert.match(lab.notes.join(), /more than 10 exemplars/);
  });

  it("keeps the last word on a metric, also over a restart", () => {
    // A query editor would explain a metric as it was before the last release.
    using lab = telemetryLab();
    const word = { metric: "jobs_total", type: "counter", help: "Jobs.", unit: "" } as const;
    lab.store.noteMetadata([word, { ...word, metric: "a" }]);
    lab.store.noteMetadata([{ ...word, help: "Jobs done." }]);
    lab.reopen();
    assert.deepEqual(lab.reader.metadata("jobs_total", 10, lab.allowance), [{ ...word, help: "Jobs done." }]);
    lab.store.noteMetadata([word]);
    assert.deepEqual(lab.reader.metadata(null, 10, lab.allowance), [{ ...word, metric: "a" }, word]);
    assert.deepEqual(lab.reader.metadata(null, 1, lab.allowance), [{ ...word, metric: "a" }]);
  });

  it("replaces a span with one of the same node only, whatever the resource calls itself besides", () => {
    // An agent would take another one's transactions away, or put its own beside them: the ids of flows can be worked out by anybody.
    using lab = telemetryLab();
    const seenBy = (node: string, name: string, more = {}): Span => {
      const source = observedSource(node, "geth");
      return spanOf({ name, source: { ...source, resource: { ...source.resource, ...more } } });
    };
    lab.store.addSpans([seenBy("n-1", "first"), seenBy("n-2", "other", { "host.name": "n-1", "service.instance.id": "n-1" })]);
    lab.pass(24 * hourMs);
    lab.store.addSpans([seenBy("n-1", "again")]);
    const { traceId, spanId } = spanOf();
    const names = lab.reader.spans(traceId, spanId, lab.allowance).map(({ name }) => name);
    assert.deepEqual(names, ["again", "other"]);
    const found = (node: string, name: string): number =>
      allPages((cursor) => lab.reader.traces({ ...everything, node, name }, { limit: 9, cursor }, lab.allowance)).length;
    assert.deepEqual(
      [found("n-1", "again"), found("n-1", "other"), found("n-2", "other"), found("n-1", "first")],
      [1, 0, 1, 0],
    );
  });

  it("gives what a search has found when its time is over, and where to go on", () => {
    // A search for something rare would end with nothing but an error, for ever.
    using lab = telemetryLab();
    const spans = Array.from({ length: 300 }, (_, index) => ({
      ...largeSpan(index, 20),
      name: index === 7 ? "rare" : "common",
    }));
    lab.store.addSpans(spans);
    const late = { ...lab.allowance, isLate: () => true };
    let pages = 0;
    const found = allPages((cursor) => {
      pages++;
      return lab.reader.traces({ ...everything, name: "rare" }, { limit: 10, cursor }, late);
    });
    assert.deepEqual(
      found.map(({ traceId }) => traceId),
      [largeSpan(7, 2).traceId],
    );
    assert.ok(pages > 1);
  });

  it("refuses a trace that takes more memory than it may, and takes a part of it", () => {
    // One trace with attributes of megabytes would end the thread that answers all queries.
    using lab = telemetryLab();
    const [{ traceId }, ...more] = Array.from({ length: 20 }, (_, index) => ({
      ...largeSpan(index, 10_000),
      traceId: "a".repeat(32),
    })) as [Span];
    lab.store.addSpans([{ ...largeSpan(0, 10_000), traceId }, ...more]);
    assert.throws(() => lab.reader.trace(traceId, { spansMax: 20, bytesMax: 100_000 }, lab.allowance), { code: "QUERY_LIMIT" });
    assert.equal(lab.reader.trace(traceId, { spansMax: 5, bytesMax: 100_000 }, lab.allowance)?.spans.length, 5);
    // Among many it is left out, or nobody could analyse the hour in which somebody has sent such a trace.
    lab.store.addSpans([spanOf()]);
    const read: (number | undefined)[] = [];
    const ids = [traceId, spanOf().traceId, "d".repeat(32), spanOf().traceId];
    lab.reader.eachTrace(ids, { spansMax: 20, bytesMax: 100_000 }, lab.allowance, (trace) => {
      read.push(trace?.spans.length);
      return read.length < 3;
    });
    assert.deepEqual([read, lab.notes.length], [[undefined, 1, undefined], 1]);
  });
});
