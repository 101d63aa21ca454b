/** What the store's tests share: a directory that goes with the test, a clock that the test turns, a logger that keeps its lines. */
import { cpSync, rmSync } from "node:fs";
import type { Clock } from "../core/clock.ts";
import type { LabelMatcher } from "../core/labels.ts";
import type { Logger } from "../core/logger.ts";
import type { SampleReader, SampleWriter } from "../core/storage.ts";
import { keepLines, type LogLine } from "./log-lines.test-support.ts";
import { openReader, type ReaderOptions } from "./reader.ts";
import { noonMs } from "./ticks.test-support.ts";
import { openWriter, type WriterOptions } from "./writer.ts";
import { scratchDirectory } from "./scratch-directory.test-support.ts";

export interface TestClock extends Clock {
  /** Sets the wall clock; the monotonic one stays. */
  wallMs: number;
  steadyMs: number;
}

export interface TemporaryStore extends Disposable {
  readonly dataDir: string;
  readonly clock: TestClock;
  readonly lines: LogLine[];
  readonly logger: Logger;
  writer(options?: Partial<WriterOptions>): SampleWriter;
  reader(options?: Partial<ReaderOptions>): SampleReader;
  /** Calls `work` with a copy of the files as a kill would leave them now. */
  copyTo(work: (copy: TemporaryStore) => void): void;
}

export function temporaryStore(): TemporaryStore {
  return storeIn(scratchDirectory("chainpulse-store-"));
}

function storeIn(dataDir: string): TemporaryStore {
  const { logger, lines } = keepLines();
  const clock: TestClock = { wallMs: noonMs, steadyMs: 0, nowMs: () => clock.wallMs, monotonicMs: () => clock.steadyMs };
  const opened: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(one: T): T => {
    let closed = false;
    const close = one.close.bind(one);
    one.close = () => {
      if (!closed) close();
      closed = true;
    };
    opened.push(one);
    return one;
  };
  return {
    dataDir,
    clock,
    lines,
    logger,
    writer: (options) => keep(openWriter({ dataDir, clock, logger, retentionDays: 30, maxBytes: 2 ** 40, ...options })),
    reader: (options) => keep(openReader({ dataDir, logger, ...options })),
    copyTo: (work) => {
      const target = scratchDirectory("chainpulse-store-");
      cpSync(dataDir, target, { recursive: true });
      using copy = storeIn(target);
      work(copy);
    },
    [Symbol.dispose]: () => {
      for (const one of opened.reverse()) one.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Upkeep to its end. */
export function maintainAll(writer: SampleWriter, nowMs: number): void {
  while (writer.maintain(nowMs, 0));
}

/** The bits of doubles, as texts that a failed assertion shows well. */
export function bitsOf(values: Float64Array): string[] {
  return Array.from(new BigUint64Array(values.buffer, values.byteOffset, values.length), (bits) => bits.toString(16));
}

/** Doubles with these bits. */
export function doublesOf(bits: readonly bigint[]): Float64Array {
  return new Float64Array(BigUint64Array.from(bits).buffer);
}

/** The newest sample of each series in the range, when only those are asked for or when all are. */
export function newestOf(
  reader: SampleReader,
  matchers: readonly LabelMatcher[],
  startMs: number,
  endMs: number,
  newestOnly: boolean,
): readonly unknown[] {
  const observer = { admit: () => undefined, note: () => undefined, newestOnly };
  return reader
    .select(matchers, startMs, endMs, observer)
    .map(({ ref, timestampsMs, values, histograms }) => [
      ref,
      timestampsMs.at(-1),
      histograms?.[timestampsMs.length - 1] ?? bitsOf(values).at(-1),
    ]);
}
