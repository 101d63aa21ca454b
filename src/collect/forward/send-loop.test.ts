import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../../core/clock.ts";
import { keepLines, type LogLine } from "../../store/log-lines.test-support.ts";
import { writeCursors } from "../../store/outbox/notes.ts";
import { Outbox } from "../../store/outbox/outbox.ts";
import { listSegments } from "../../store/outbox/segment-files.ts";
import type { Destination, OutboxRecord, SendOutcome } from "./destination.ts";
import { type AppendWatch, type SendLoop, startSendLoop } from "./send-loop.ts";

interface Lab extends AsyncDisposable {
  readonly dataDir: string;
  readonly outbox: Outbox;
  readonly loop: SendLoop;
  readonly sent: number[];
  readonly waits: number[];
  readonly lines: LogLine[];
  tick(timeMs: number, count?: number): void;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
}

/** `answers`: outcomes of the first sendings; after them all is stored. */
async function openLab(
  answers: readonly SendOutcome[],
  options: { readonly ticks?: number; readonly maxSamples?: number } = {},
): Promise<Lab> {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-loop-"));
  const { logger, lines } = keepLines();
  const clock: Clock = { nowMs: () => 1000, monotonicMs: () => 0 };
  let count = 0;
  let wake = Promise.withResolvers<undefined>();
  const appended: AppendWatch = {
    count: () => count,
    async beyond(seen, signal) {
      signal.addEventListener("abort", () => wake.resolve(undefined));
      if (count === seen && !signal.aborted) await wake.promise;
    },
  };
  const onAppend = (): void => {
    count++;
    wake.resolve(undefined);
    wake = Promise.withResolvers();
  };
  const outbox = new Outbox({
    dataDir,
    node: "n",
    clock,
    logger,
    maxBytes: 1e9,
    maxAgeMs: 1e12,
    segmentBytes: 100,
    annotate: () => undefined,
    onAppend,
  });
  const tick = (timeMs: number, series = 2): void => {
    const values = Float64Array.from({ length: series }, (_, i) => Math.sqrt(timeMs + i));
    outbox.appendTick(
      timeMs,
      Uint32Array.from({ length: series }, (_, i) => i),
      values,
      series,
    );
  };
  for (let i = 0; i < (options.ticks ?? 0); i++) tick(i + 1);
  const sent: number[] = [];
  const waits: number[] = [];
  let asked = 0;
  const destination: Destination = {
    id: "test",
    address: "there",
    maxSamples: options.maxSamples ?? 4,
    send: (records: readonly OutboxRecord[]) => {
      const outcome = answers[asked++] ?? { kind: "stored" };
      if (outcome.kind !== "retry") sent.push(...records.map(({ samples }) => samples.timesMs[0] ?? 0));
      return Promise.resolve(outcome);
    },
    close: () => undefined,
  };
  const loop = startSendLoop({
    destination,
    kind: "remote_write",
    dataDir,
    afterSeq: 0,
    labelsOf: () => ({}),
    clock,
    logger,
    wait: (ms) => {
      waits.push(ms);
      return new Promise((resolve) => void setImmediate(resolve));
    },
    appended,
    refreshLabels: () => undefined,
    random: () => 1,
    onDamage: () => undefined,
    onNewest: () => undefined,
  });
  return {
    dataDir,
    outbox,
    loop,
    sent,
    waits,
    lines,
    tick,
    async settled() {
      while (loop.facts().pendingSinceMs !== null) await new Promise((resolve) => void setImmediate(resolve));
    },
    async [Symbol.asyncDispose]() {
      await loop.stop(0);
      outbox.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

test("what is there is sent in order and in batches, and what comes later right after it", async () => {
  // If this fails, a destination lags behind, or gets samples out of order and refuses them.
  await using lab = await openLab([], { ticks: 5 });
  await lab.settled();
  lab.tick(6);
  await lab.settled();
  assert.deepEqual(lab.sent, [1, 2, 3, 4, 5, 6]);
  const { sent, refused, retries, newestMs, pendingBytes } = lab.loop.facts();
  assert.deepEqual(
    { sent, refused, retries, newestMs, pendingBytes },
    { sent: 12, refused: 0, retries: 0, newestMs: 6, pendingBytes: 0 },
  );
  assert.equal(lab.outbox.stats().samples, lab.loop.facts().samplesRead);
});

test("a destination that fails is asked again with pauses that double up to five seconds, or when it says so", async () => {
  // If this fails, a server that comes back is flooded, or samples are lost while it is away.
  const retry = (afterMs?: number): SendOutcome => ({
    kind: "retry",
    message: "down",
    ...(afterMs === undefined ? {} : { afterMs }),
  });
  await using lab = await openLab([...Array.from({ length: 10 }, () => retry()), retry(60_000)], { ticks: 1 });
  await lab.settled();
  assert.deepEqual(lab.waits, [30, 60, 120, 240, 480, 960, 1920, 3840, 5000, 5000, 60_000]);
  assert.deepEqual(lab.sent, [1]);
  const { retries, failing } = lab.loop.facts();
  assert.deepEqual({ retries, failing }, { retries: 11, failing: null });
  // Once when it begins to fail, once when it works again.
  assert.deepEqual(
    lab.lines.filter(({ level }) => level !== "debug").map(({ level }) => level),
    ["warn", "info"],
  );
});

test("what is refused is counted, told once for each kind of reason, and left behind", async () => {
  // If this fails, one sample that a server does not like stops everything behind it, or fills the log.
  const refused = (message: string): SendOutcome => ({ kind: "refused", message, count: 1 });
  await using lab = await openLab(
    [refused('HTTP 400: series "a" at 17'), refused('HTTP 400: series "b" at 18'), refused("HTTP 413")],
    {
      ticks: 8,
    },
  );
  await lab.settled();
  const { sent, refused: count, refusal } = lab.loop.facts();
  assert.deepEqual({ sent, count, refusal }, { sent: 13, count: 3, refusal: "HTTP 413" });
  assert.equal(lab.lines.filter(({ level }) => level === "warn").length, 2);
});

test("a batch whose file was dropped meanwhile is given up: it is counted as that", async () => {
  // If this fails, samples are counted as dropped and sent too, and the hub's gap is wrong.
  const down: SendOutcome = { kind: "retry", message: "down" };
  await using lab = await openLab([down], { ticks: 4, maxSamples: 2 });
  // The first wait is over before the file is gone, the second is not.
  const [first] = listSegments(lab.dataDir);
  assert.ok(first !== undefined);
  rmSync(first.path);
  await lab.settled();
  assert.ok(!lab.sent.includes(1));
  assert.deepEqual(lab.sent.slice(-1), [4]);
});

test("at the end what is there is still sent, and a server that is away does not hold it up", async () => {
  // If this fails, each restart sends the last seconds late, or a stop hangs while a server is away.
  await using lab = await openLab([], { ticks: 3 });
  await lab.settled();
  lab.tick(4);
  await lab.loop.stop(1000);
  assert.deepEqual(lab.sent, [1, 2, 3, 4]);
  const away = Array.from({ length: 1e5 }, (): SendOutcome => ({ kind: "retry", message: "away" }));
  await using other = await openLab(away, { ticks: 3 });
  await other.loop.stop(0);
  assert.deepEqual(other.sent, []);
  assert.equal(other.loop.doneSeq, 0);
  writeCursors(other.dataDir, { done: new Map([["test", other.loop.doneSeq]]), damaged: new Set() });
});
