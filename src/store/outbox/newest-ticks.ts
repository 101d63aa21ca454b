/** What the newest files of an outbox say of the series in them: for a start without a store of one's own. */
import type { Logger } from "../../core/logger.ts";
import type { SeriesRef } from "../../core/storage.ts";
import { staleNaNBits } from "../../core/storage.ts";
import { OutboxReader } from "./outbox-reader.ts";
import { listSegments } from "./segment-files.ts";

/** Records that are looked at together. */
const samplesAtOnce = 100_000;

export interface NewestTicks {
  /** Time of the newest sample, ms since the epoch; `null` where there is none. */
  readonly newestMs: number | null;
  /** Series that were written within the last `withinMs` before it, and not marked stale. */
  readonly alive: readonly SeriesRef[];
}

/** Reads the last two files: the newest may just have been begun. Throws what the system throws. */
export function newestTicks(dataDir: string, withinMs: number, logger: Logger): NewestTicks {
  const lastMs = new Map<SeriesRef, number>();
  let newestMs: number | null = null;
  const afterSeq = (listSegments(dataDir).at(-2)?.firstSeq ?? 1) - 1;
  forEachSample({ dataDir, logger, afterSeq }, (ref, timeMs, bits) => {
    newestMs = Math.max(newestMs ?? -Infinity, timeMs);
    if (bits === staleNaNBits) lastMs.delete(ref);
    else lastMs.set(ref, timeMs);
  });
  const fromMs = (newestMs ?? 0) - withinMs;
  return { newestMs, alive: [...lastMs].flatMap(([ref, timeMs]) => (timeMs >= fromMs ? [ref] : [])) };
}

/** The greatest number of a series in the whole outbox, -1 where there is none. Reads all of it. */
export function highestRefIn(dataDir: string, logger: Logger): SeriesRef {
  let highest = -1;
  forEachSample({ dataDir, logger, afterSeq: 0 }, (ref) => {
    highest = Math.max(highest, ref);
  });
  return highest;
}

function forEachSample(
  from: { readonly dataDir: string; readonly logger: Logger; readonly afterSeq: number },
  see: (ref: SeriesRef, timeMs: number, bits: bigint) => void,
): void {
  const reader = new OutboxReader({ ...from, onDamage: () => undefined });
  try {
    for (let records = reader.read(samplesAtOnce); records.length > 0; records = reader.read(samplesAtOnce)) {
      for (const { samples } of records) {
        const bits = new BigUint64Array(samples.values.buffer, samples.values.byteOffset, samples.count);
        for (let i = 0; i < samples.count; i++) see(samples.refs[i] ?? 0, samples.timesMs[i] ?? 0, bits[i] ?? 0n);
        for (const { ref, timeMs } of samples.histograms ?? []) see(ref, timeMs, 0n);
      }
    }
  } finally {
    reader.close();
  }
}
