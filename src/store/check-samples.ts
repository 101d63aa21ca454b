/** What the writer looks at before it stores anything, and the errors that it refuses samples with. */
import { ChainPulseError } from "../core/errors.ts";
import type { ReceivedSamples, SeriesRef } from "../core/storage.ts";

/** Our own bug if it fails, found where it is made: samples of a series without labels, or two of one series at one time. */
export function checkTick(refs: Uint32Array, count: number, holds: (ref: SeriesRef) => boolean): void {
  const distinct = new Set(refs.subarray(0, count));
  if (distinct.size !== count) throw new Error("commit: a series is twice in one tick");
  for (const ref of distinct) if (!holds(ref)) throw new Error(`commit: nobody has resolved series ${ref}`);
}

/** The same of what was received, in which a series may be often. */
export function checkReceived({ refs, count, histograms = [] }: ReceivedSamples, holds: (ref: SeriesRef) => boolean): void {
  const check = (ref: SeriesRef): void => {
    if (!holds(ref)) throw new Error(`receive: nobody has resolved series ${ref}`);
  };
  let checked = -1;
  for (let i = 0; i < count; i++) {
    const ref = refs[i] ?? 0;
    // Samples of one series mostly come together.
    if (ref !== checked) check(ref);
    checked = ref;
  }
  for (const { ref } of histograms) check(ref);
}

/** Samples in there, numbers and histograms. */
export function sizeOf({ count, histograms = [] }: ReceivedSamples): number {
  return count + histograms.length;
}

export function diskFull(dataDir: string): ChainPulseError {
  return new ChainPulseError("STORE_FULL", `the disk of ${dataDir} is full: samples are refused until there is room`, {
    fix: "Free space on the disk, or lower storage.max_bytes; writing goes on by itself then.",
  });
}

export function outOfOrder(timestampMs: number, newestMs: number): ChainPulseError {
  const at = new Date(timestampMs).toISOString();
  const newest = new Date(newestMs).toISOString();
  return new ChainPulseError("SAMPLE_OUT_OF_ORDER", `a tick at ${at} is not after the newest one at ${newest}`, {
    fix: "Check the machine's clock; samples are taken again once it has passed that time.",
  });
}

/** Not `too_old` for good: who took them has looked at `oldestAcceptedMs` before it rose, and tells what is too old when they come again. */
export function tooOld(oldestMs: number): ChainPulseError {
  const oldest = new Date(oldestMs).toISOString();
  return new ChainPulseError(
    "UNAVAILABLE",
    `samples from before ${oldest} were on their way while the files of their time went`,
  );
}
