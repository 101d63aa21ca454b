/** How old what the page shows is, by the newest sample it has heard of from the stream or from the server's status. */
import { lastTickMs } from "./live.ts";
import { serverNow, status } from "./server.ts";

/** Ticks may be late by this many intervals, and a second for the way, before it counts as silence. */
const lateIntervals = 4;

/** Time of the newest sample, ms since the epoch; `null` while the page knows of none. */
export function newestSampleMs(): number | null {
  const newest = Math.max(lastTickMs.value ?? 0, status.value?.collect.lastTickMs ?? 0);
  return newest === 0 ? null : newest;
}

/** Its age by the server's clock, ms; 0 while the page knows of none. */
export function sampleAgeMs(): number {
  const newest = newestSampleMs();
  return newest === null ? 0 : serverNow() - newest;
}

/** True when samples are overdue. */
export function isSilent(): boolean {
  return sampleAgeMs() > lateIntervals * (status.value?.samplingIntervalMs ?? 1000) + 1000;
}
