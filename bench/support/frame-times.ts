/** What frames of a page cost its main thread, from the browser's own trace: script, layout and painting together. */
import type { Browser, Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs. */
  readonly ts: number;
  readonly dur?: number;
}

/** A frame's task is the one in which its animation callbacks run. */
const taskName = "RunTask";
const frameName = "FireAnimationFrame";
const categories = ["devtools.timeline", "disabled-by-default-devtools.timeline"];

/** ms of every frame that the page has drawn while `act` ran. */
export async function frameTimes(browser: Browser, page: Page, act: () => Promise<void>): Promise<readonly number[]> {
  await browser.startTracing(page, { categories });
  await act();
  const trace: unknown = JSON.parse((await browser.stopTracing()).toString());
  const events = eventsIn(trace);
  const frames = events.filter(({ name }) => name === frameName);
  const tasks = events.filter(({ name, ph }) => name === taskName && ph === "X");
  const times = new Set<TraceEvent>();
  for (const frame of frames) {
    const task = tasks.find(
      ({ pid, tid, ts, dur = 0 }) => pid === frame.pid && tid === frame.tid && ts <= frame.ts && frame.ts <= ts + dur,
    );
    if (task !== undefined) times.add(task);
  }
  return Array.from(times, ({ dur = 0 }) => dur / 1000);
}

/** Those of the trace that have a time. Source of the format: Trace Event Format, "JSON Object Format". */
function eventsIn(trace: unknown): readonly TraceEvent[] {
  if (typeof trace !== "object" || trace === null || !("traceEvents" in trace) || !Array.isArray(trace.traceEvents))
    throw new Error("the browser's trace has no events");
  return trace.traceEvents.filter(isTimed);
}

function isTimed(event: unknown): event is TraceEvent {
  return typeof event === "object" && event !== null && "ts" in event && "name" in event && "tid" in event;
}
