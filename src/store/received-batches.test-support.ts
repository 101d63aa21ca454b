/** What the test of kills and the process that it kills agree on about received samples. */
import { hourMs, noonMs } from "./ticks.test-support.ts";

export interface BatchSample {
  readonly series: number;
  readonly timeMs: number;
  readonly value: number;
}

/** Five minutes a batch. */
export function receivedClockMs(batch: number): number {
  return noonMs + batch * 300_000;
}

/** Now; each third batch also some hours late, and each fifth what the batch before it brought, with other values. */
export function receivedBatch(batch: number): BatchSample[] {
  const at = (series: number, timeMs: number): BatchSample => ({ series, timeMs, value: 1000 * batch + series });
  const now = Array.from({ length: 70 }, (_, series) => at(series, receivedClockMs(batch)));
  const late = batch % 3 === 0 ? Array.from({ length: 20 }, (_, s) => at(3 * s, receivedClockMs(batch) - 7 * hourMs - 1)) : [];
  const again = batch % 5 === 0 && batch > 0 ? Array.from({ length: 10 }, (_, s) => at(s, receivedClockMs(batch - 1))) : [];
  return [...now, ...late, ...again];
}

/** What counts after these batches: by series and time. */
export function receivedUpTo(batch: number): Map<string, number> {
  const samples = new Map<string, number>();
  for (let i = 0; i <= batch; i++)
    for (const { series, timeMs, value } of receivedBatch(i)) samples.set(`${series} ${timeMs}`, value);
  return samples;
}
