import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../../core/clock.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { openScrapeLab, type ScrapeLab } from "./scrape-lab.test-support.ts";
import { type ScrapeLoop, startScrapeLoop } from "./scrape-loop.ts";

/** A wall clock that can be set, and counts how often it is looked at. */
function settableClock(): Clock & { aheadMs: number; looks: number } {
  const clock = {
    aheadMs: 0,
    looks: 0,
    nowMs: () => (clock.looks++, Date.now() + clock.aheadMs),
    monotonicMs: () => performance.now(),
  };
  return clock;
}

function timesOf({ sink }: ScrapeLab): readonly number[] {
  return sink.series({ __name__: "a" }).map(({ timeMs }) => timeMs);
}

async function end(loop: ScrapeLoop, lab: ScrapeLab): Promise<void> {
  await loop.stop();
  await lab[Symbol.asyncDispose]();
}

const job = { scrape_interval: "100ms", scrape_timeout: "100ms" };

/** A clock that is wrong by more than a timer can wait for, and one that is wrong by less. */
for (const [by, backMs] of [
  ["an hour", 3_600_000],
  ["60 days", 60 * 86_400_000],
] as const) {
  test(`a clock that is set back by ${by} stops no scrapes`, { timeout: 10_000 }, async (context) => {
    // If this fails, a target has no samples, and `up` no value, for as long as the clock was ahead: after a first NTP step, for hours.
    const lab = await openScrapeLab({ said: "a 1\n", job });
    const clock = settableClock();
    const { logger } = keepLines();
    const loop = startScrapeLoop({ target: lab.target.target, scraped: lab.target, offsetMs: 0, clock, logger });
    // Also when it hangs: the test's own end is not reached then.
    context.after(() => end(loop, lab));
    await lab.sink.stored();
    const before = timesOf(lab).length;
    clock.aheadMs = -backMs;
    clock.looks = 0;
    for (let scrapes = 0; scrapes < 3; scrapes++) await lab.sink.stored();
    const after = timesOf(lab).slice(before);
    // The one that was on its way may still have the old time.
    assert.ok(
      after.slice(1).every((timeMs) => Math.abs(Date.now() - backMs - timeMs) < 10_000),
      after.join(" "),
    );
    assert.ok(clock.looks < 100, `the clock was looked at ${clock.looks} times`);
  });
}

test(
  "a clock that is set back while a scrape is on its way stops none of those after it",
  { timeout: 10_000 },
  async (context) => {
    // If this fails, the same happens where the clock is set during a slow scrape.
    const clock = settableClock();
    const lab = await openScrapeLab({
      said: (_, response) => {
        clock.aheadMs = -3_600_000;
        response.end("a 1\n");
      },
      job,
    });
    const { logger } = keepLines();
    const loop = startScrapeLoop({ target: lab.target.target, scraped: lab.target, offsetMs: 0, clock, logger });
    context.after(() => end(loop, lab));
    for (let scrapes = 0; scrapes < 3; scrapes++) await lab.sink.stored();
  },
);
