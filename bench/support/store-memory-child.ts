/**
 * A store under ingest in a process whose memory is counted: idle first, then in the data's time up to shortly before midnight, when
 * hours, days and files end together, then in real time over it.
 *
 *   store-memory-child.ts DATA_DIR SERIES TICKS SECONDS with-reader|writer-only
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openReader } from "../../src/store/reader.ts";
import { benchLogger } from "./bench-logger.ts";
import { processCost } from "./process-cost.ts";
import { round } from "./report.ts";
import { pauseMs, roundedCost, sliceMs, StoreFeeder } from "./store-feeder.ts";
import type { Tick } from "./store-samples.ts";
import { SyntheticSeries } from "./store-synthetic.ts";

const [dataDir = "", seriesCount, ticks, seconds, readers] = process.argv.slice(2);
const realSeconds = Number(seconds);
const tickMs = 1000;
const midnightMs = Date.UTC(2026, 0, 2);
const realStartMs = midnightMs - Math.floor(realSeconds / 2) * tickMs;
const startMs = realStartMs - Number(ticks) * tickMs;
/** Ticks between two looks at the memory, which take longer than a tick's commit. */
const memoryTicks = 10;

/** What is not the store's is there before the first look at the memory. */
const synthetic = new SyntheticSeries(Number(seriesCount));
const feeder = new StoreFeeder({ dataDir, labels: synthetic.labels, startMs });
const reader = readers === "with-reader" ? openReader({ dataDir, logger: benchLogger }) : null;
const idleLateMs = await onTime(Math.ceil(realSeconds / 10), () => undefined);
const idleBytes = rssAnonBytes();

let peakBytes = 0;
let fed = 0;
await feeder.feed(observed(synthetic.ticks(startMs, Number(ticks))));
const afterFastBytes = rssAnonBytes();
const fast = feeder.takeCost();

let keepingUp = setTimeout(keepUp, pauseMs);
const lateMs = await onTime(realSeconds, (second) => {
  feeder.commit(synthetic.tick(realStartMs + (second + 1) * tickMs));
  observe();
});
clearTimeout(keepingUp);
const afterRealBytes = rssAnonBytes();
const real = feeder.takeCost();
reader?.close();
feeder.close();

const overIdleMb = (bytes: number): number => round((bytes - idleBytes) / 1e6);
console.log(
  JSON.stringify({
    idleRssAnonMb: round(idleBytes / 1e6),
    afterFastOverIdleMb: overIdleMb(afterFastBytes),
    afterRealOverIdleMb: overIdleMb(afterRealBytes),
    peakOverIdleMb: overIdleMb(peakBytes),
    fast: { append: roundedCost(fast.append), upkeep: roundedCost(fast.upkeep) },
    real: {
      append: roundedCost(real.append),
      upkeep: roundedCost(real.upkeep),
      lateMsMax: round(Math.max(...lateMs)),
      idleLateMsMax: round(Math.max(...idleLateMs)),
    },
  }),
);

/** The ticks, with what happens after each one was committed. */
function* observed(source: Iterable<Tick>): Generator<Tick> {
  for (const tick of source) {
    yield tick;
    observe();
  }
}

/** A reader takes in each tick, as the query thread does while a dashboard is open. */
function observe(): void {
  reader?.refresh();
  if (fed++ % memoryTicks === 0) peakBytes = Math.max(peakBytes, rssAnonBytes());
}

function rssAnonBytes(): number {
  return processCost(process.pid).rssAnonBytes;
}

/** Does something every second; how late each time was, ms. */
async function onTime(count: number, work: (second: number) => void): Promise<readonly number[]> {
  const late: number[] = [];
  const beginMs = performance.now();
  for (let second = 0; second < count; second++) {
    const plannedMs = beginMs + (second + 1) * tickMs;
    await sleep(plannedMs - performance.now());
    // A timer may fire a fraction of a millisecond early.
    late.push(Math.max(0, performance.now() - plannedMs));
    work(second);
  }
  return late;
}

/** As `collect/collect-service.ts`: a slice, and a pause that is short while there is more to do. */
function keepUp(): void {
  keepingUp = setTimeout(keepUp, feeder.maintain() ? sliceMs : pauseMs);
}
