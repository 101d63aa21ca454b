/**
 * A process whose system calls fail, because `strace` injects errors: what it meets it writes as one line of JSON. Arguments: what to
 * do, the data directory. Apart from the tests, which need a tool that is not everywhere.
 */
import { setImmediate } from "node:timers/promises";
import { openReader } from "../reader.ts";
import { noonMs, quietLogger } from "../ticks.test-support.ts";
import { openWriter } from "../writer.ts";

const ticks = 50;
const patienceMs = 20_000;

/** What `sync` says: `null`, or the error's code. */
interface SyncReport {
  readonly afterFailure: string | null;
  readonly afterNextTick: string | null;
  /** This one fails itself: each thread's first call does. */
  readonly afterUpkeep: string | null;
  readonly afterNextUpkeep: string | null;
  readonly failures: number;
}

interface ReadReport {
  readonly hours: readonly number[];
  readonly notes: readonly { readonly path: string }[];
}

interface SlowReport {
  readonly commitsMs: number;
}

export type DiskFaultReport = SyncReport | ReadReport | SlowReport;

let seconds = 0;
const clock = { nowMs: () => noonMs + 1000 * seconds, monotonicMs: () => 1000 * seconds };

function open(dataDir: string): ReturnType<typeof openWriter> {
  return openWriter({ dataDir, clock, logger: quietLogger, retentionDays: 30, maxBytes: 2 ** 40 });
}

function commit(writer: ReturnType<typeof openWriter>): void {
  writer.commit(clock.nowMs(), Uint32Array.of(writer.resolve({ __name__: "m" })), Float64Array.of(seconds), 1);
  seconds++;
}

/** The first background sync fails, and what is said after that. */
async function failSync(dataDir: string): Promise<SyncReport> {
  const writer = open(dataDir);
  const sync = (): string | null => {
    try {
      writer.sync();
      return null;
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  };
  commit(writer);
  const startedMs = performance.now();
  while (writer.stats().syncFailures === 0 && performance.now() - startedMs < patienceMs) await setImmediate();
  const afterFailure = sync();
  commit(writer);
  const afterNextTick = sync();
  while (writer.maintain(clock.nowMs(), 0));
  const afterUpkeep = sync();
  while (writer.maintain(clock.nowMs(), 0));
  const afterNextUpkeep = sync();
  const { syncFailures: failures } = writer.stats();
  writer.close();
  return { afterFailure, afterNextTick, afterUpkeep, afterNextUpkeep, failures };
}

function read(dataDir: string): ReadReport {
  const reader = openReader({ dataDir, logger: quietLogger });
  const notes: { path: string }[] = [];
  const found = reader.select([], 0, noonMs * 2, {
    admit: () => undefined,
    note: (note) => void (note.kind === "damaged" && notes.push({ path: note.path })),
  });
  reader.close();
  return { hours: Array.from(found[0]?.values ?? []), notes };
}

function commitOnSlowDisk(dataDir: string): SlowReport {
  const writer = open(dataDir);
  commit(writer);
  const startedMs = performance.now();
  for (let i = 0; i < ticks; i++) commit(writer);
  const commitsMs = performance.now() - startedMs;
  writer.close();
  return { commitsMs };
}

const [, , what, dataDir] = process.argv;
if (what === undefined || dataDir === undefined) throw new Error("usage: disk-fault WHAT DATA_DIR");
const work: Readonly<Record<string, () => DiskFaultReport | Promise<DiskFaultReport>>> = {
  "fail-sync": () => failSync(dataDir),
  read: () => read(dataDir),
  "slow-sync": () => commitOnSlowDisk(dataDir),
};
process.stdout.write(`${JSON.stringify(await work[what]?.())}\n`);
