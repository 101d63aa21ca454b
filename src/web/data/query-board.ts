/**
 * Every query that something on the page shows, each asked once. New ones are fetched together in one request, a change of
 * the time range fetches all again, and live ticks extend what is there.
 */
import { effect, signal, untracked } from "@preact/signals";
import { errorCodes } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import { bounds, fitted, type TimeRange } from "../state/range.ts";
import { timeRange } from "../state/time-range.ts";
import { loadAnnotations } from "./annotations.ts";
import { createAskLater } from "./ask-later.ts";
import type { SeriesAnswer, SeriesQuery } from "./contract.ts";
import { errorText, isTemporary, isTemporaryStatus, sendJson } from "./http.ts";
import { isSilent, newestSampleMs } from "./freshness.ts";
import { setLiveQueries, type TickListener } from "./live.ts";
import { appendTick, applyShape, keepTicks, tableFromGrid, type QueryTable } from "./query-table.ts";
import { retryPauseMs } from "./retry-pause.ts";
import { historyFromMs, nodeUrl, serverNow, status } from "./server.ts";
import { fetchStepMs, youngMs, youngWindow } from "./step.ts";

/** A request carries at most so many queries (contract). */
const queriesPerRequest = 64;
/** A moving window over young history is at least this wide. */
const shortestWindowMs = 30_000;
/** Wide windows are fetched again instead of extended, at most this often. */
const refreshFloorMs = 5000;

export interface BoardQuery {
  readonly id: string;
  readonly expr: string;
  /** `null` until the first answer, and after an error. */
  table: QueryTable | null;
  error: string | null;
  /** What to know of the history: damaged files, tiers that answered. */
  notes: readonly string[];
  /** Counts changes of the set of series; values alone do not count. */
  shapeVersion: number;
}

interface Entry extends BoardQuery {
  /** Times in a row that its history could not be read. */
  failures: number;
  readonly listeners: Set<() => void>;
}

/** False while the user holds the charts still. */
export const playing = signal(true);
/** The window that the charts draw: moves with each tick while playing. */
export const drawnWindow = signal<{ readonly fromMs: number; readonly toMs: number }>({ fromMs: 0, toMs: 0 });

const entries = new Map<string, Entry>();
let nextId = 1;
let stepMs = 1000;
/** History is not asked for before this; 0, but while the node is very young. */
let earliestMs = 0;
let loading = new AbortController();
let refreshTimer: ReturnType<typeof setTimeout> | undefined;
let overflowTimer: ReturnType<typeof setTimeout> | undefined;
const fresh = new Set<Entry>();
/** Charts that missed ticks. These were measured: asked for, they are no gap; a true one comes back as such, and is not asked for again. */
const torn = createAskLater<Entry>((due) => {
  mendedMs = Date.now();
  void fetchHistory(due.filter(isWatched), { isMending: true });
});
let mendedMs = Number.NEGATIVE_INFINITY;
const failed = createAskLater<Entry>((due) => void fetchHistory(due.filter(isWatched)));

/** Starts following the page's time range, when the server's status is known. The returned function ends it. */
export function startBoard(): () => void {
  return effect(() => {
    // A new moving window moves, whatever was held before.
    if (timeRange.value.kind === "last") playing.value = true;
    untracked(reload);
  });
}

/** Shows a query: `changed` runs after each answer and each tick. The returned function ends it. */
export function watchQuery(expr: string, changed: () => void): { readonly query: BoardQuery; readonly release: () => void } {
  let entry = entries.get(expr);
  if (entry === undefined) {
    entry = {
      id: `q${nextId++}`,
      expr,
      table: null,
      error: null,
      notes: [],
      shapeVersion: 0,
      failures: 0,
      listeners: new Set(),
    };
    entries.set(expr, entry);
    if (fresh.size === 0) queueMicrotask(loadFresh);
    fresh.add(entry);
  }
  const kept = entry;
  kept.listeners.add(changed);
  return { query: kept, release: () => drop(kept, changed) };
}

/** Holds the charts still, or lets them run again from now. */
export function togglePlaying(): void {
  playing.value = !playing.value;
  if (playing.value) reload();
  else subscribe();
}

/** Asks for the whole window again. */
export function reload(): void {
  loading.abort();
  loading = new AbortController();
  clearTimeout(refreshTimer);
  fresh.clear();
  torn.clear();
  failed.clear();
  const range = timeRange.value;
  const nowMs = newestMs();
  drawnWindow.value = windowOf(range, nowMs);
  const server = status.value;
  const young = server === null ? null : youngWindow(bounds(range, nowMs), server);
  stepMs = young?.stepMs ?? fetchStepMs(drawnWindow.value, server?.samplingIntervalMs ?? 1000);
  earliestMs = young?.fromMs ?? 0;
  void fetchAll();
  subscribe();
  if (young !== null) refreshTimer = setTimeout(reload, youngMs);
  else if (follows(range) && !extendsLive()) refreshTimer = setTimeout(reload, Math.max(refreshFloorMs, stepMs));
}

/** What the stream calls. */
export const boardTicks: TickListener = {
  shape(id: string, labels: readonly Labels[]): void {
    const entry = byId(id);
    if (entry === undefined) return;
    liveShapes.set(id, labels);
    if (entry.table !== null && applyShape(entry.table, labels)) entry.shapeVersion++;
  },
  tick(timeMs, values): void {
    const range = timeRange.value;
    if (!follows(range) || !extendsLive()) return;
    drawnWindow.value = windowOf(range, timeMs);
    const samplingIntervalMs = status.value?.samplingIntervalMs ?? 1000;
    // A window that grows with the history has outgrown its step.
    if (fetchStepMs(drawnWindow.value, samplingIntervalMs) > Math.max(stepMs, samplingIntervalMs)) {
      reload();
      return;
    }
    const limits = { oldestMs: drawnWindow.value.fromMs, gapMs: longestPauseMs() };
    const missed: Entry[] = [];
    for (const [id, row] of Object.entries(values)) {
      const entry = byId(id);
      if (entry === undefined || entry.table === null) continue;
      if (timeMs - (entry.table.timesMs.at(-1) ?? timeMs) > limits.gapMs) missed.push(entry);
      appendTick(entry.table, { timeMs, values: row }, limits);
      notify(entry);
    }
    // A server that is too busy for its ticks is not asked for all history at each of them.
    const restMs = Math.min(refreshFloorMs, Math.max(0, mendedMs + refreshFloorMs - Date.now()));
    if (missed.length > 0) torn.add(missed, restMs);
  },
  resync: reload,
};

/** The stream names a shape once; history that is loaded later needs it again. */
const liveShapes = new Map<string, readonly Labels[]>();

function loadFresh(): void {
  const asked = [...fresh].filter(isWatched);
  fresh.clear();
  if (asked.length === 0 || status.value === null) return;
  void fetchHistory(asked);
  subscribe();
}

/** The lines first: an event without a chart under it can wait. */
async function fetchAll(): Promise<void> {
  const { signal } = loading;
  const { fromMs, toMs } = drawnWindow.value;
  await fetchHistory([...entries.values()]);
  if (!signal.aborted) await loadAnnotations(fromMs, toMs, signal);
}

/** `isMending`: the charts are good but for a gap, and stay so when the first attempt to close it fails. */
async function fetchHistory(asked: readonly Entry[], { isMending = false } = {}): Promise<void> {
  const { signal } = loading;
  for (let start = 0; start < asked.length; start += queriesPerRequest) {
    const part = asked.slice(start, start + queriesPerRequest);
    const queries: SeriesQuery[] = part.map(({ id, expr }) => ({ id, expr }));
    const { fromMs, toMs } = drawnWindow.value;
    // A very young node has taken its second sample while the page was loaded, and the server ends at its newest one.
    const untilMs = earliestMs > 0 ? Math.max(toMs, serverNow()) : toMs;
    const body = { queries, from: Math.max(fromMs, earliestMs) / 1000, to: untilMs / 1000, stepMs };
    try {
      // One after the other on purpose: a page rarely has a second part, and it is below the fold.
      const answer = await sendJson<SeriesAnswer>("POST", nodeUrl("/series"), body, signal);
      if (!signal.aborted) takeAnswer(part, answer);
    } catch (error) {
      if (signal.aborted) return;
      const passes = isTemporary(error);
      if (isMending && passes) failed.add(part, refreshFloorMs);
      else for (const entry of part) fail(entry, errorText(error), passes);
    }
  }
}

function takeAnswer(asked: readonly Entry[], answer: SeriesAnswer): void {
  if (answer.toMs > drawnWindow.value.toMs && follows(timeRange.value))
    drawnWindow.value = windowOf(timeRange.value, answer.toMs);
  const results = new Map(answer.results.map((result) => [result.id, result]));
  for (const entry of asked) {
    const result = results.get(entry.id);
    if (result === undefined || result.error !== undefined) {
      // A page that is older than its server may not know a code; this one failure must not become all charts'.
      const passes = result?.error === undefined || isTemporaryStatus(errorCodes[result.error.code]?.status ?? 0);
      fail(entry, result?.error?.detail ?? "The server sent no answer to this query.", passes);
      continue;
    }
    const before = entry.table;
    entry.table = tableFromGrid(answer, result.series);
    if (before !== null && follows(timeRange.value) && extendsLive())
      keepTicks(entry.table, before, { afterMs: answer.toMs, toMs: drawnWindow.value.toMs, gapMs: longestPauseMs() });
    entry.error = null;
    entry.failures = 0;
    entry.notes = result.warnings ?? [];
    entry.shapeVersion++;
    const shape = liveShapes.get(entry.id);
    if (shape !== undefined) applyShape(entry.table, shape);
    notify(entry);
  }
}

/** `passes`: the question is a good one, and is asked again, less often each time. */
function fail(entry: Entry, message: string, passes: boolean): void {
  if (passes) failed.add([entry], retryPauseMs(entry.failures));
  entry.failures++;
  entry.table = null;
  entry.error = message;
  entry.notes = [];
  entry.shapeVersion++;
  notify(entry);
}

function drop(entry: Entry, changed: () => void): void {
  entry.listeners.delete(changed);
  if (entry.listeners.size > 0) return;
  entries.delete(entry.expr);
  liveShapes.delete(entry.id);
  subscribe();
}

/** The stream carries so many queries; charts beyond that are kept current by asking. */
function subscribe(): void {
  const live = follows(timeRange.value) && extendsLive();
  const all = live ? [...entries.values()] : [];
  setLiveQueries(all.slice(0, queriesPerRequest).map(({ id, expr }) => ({ id, expr })));
  clearTimeout(overflowTimer);
  const rest = all.slice(queriesPerRequest);
  if (rest.length > 0) overflowTimer = setTimeout(() => void fetchHistory(rest).then(subscribe), refreshFloorMs);
}

function notify(entry: Entry): void {
  for (const changed of entry.listeners) changed();
}

/** False once nothing on the page shows it any more. */
function isWatched(entry: Entry): boolean {
  return entries.get(entry.expr) === entry;
}

function byId(id: string): Entry | undefined {
  for (const entry of entries.values()) if (entry.id === id) return entry;
  return undefined;
}

/** The window of a range; a moving one begins with the history, while that is shorter. A fixed one is shown as it was asked for. */
function windowOf(range: TimeRange, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  const window = bounds(range, nowMs);
  const server = status.value;
  if (range.kind === "between" || server === null) return window;
  return fitted(window, historyFromMs(server.collect.store) ?? server.startedAtMs, shortestWindowMs);
}

function follows(range: TimeRange): boolean {
  return playing.value && range.kind === "last";
}

/** Ticks are points of this chart only while its steps are about as fine as they are. */
function extendsLive(): boolean {
  return stepMs <= 2 * (status.value?.samplingIntervalMs ?? 1000);
}

/**
 * What is older is no value of now: by the pause that a chart would show as a gap, or by two rounds of what is kept current by asking.
 * A window that does not move is not about now, and its last values stand.
 */
export function oldestCurrentMs(): number {
  if (timeRange.value.kind === "between") return Number.NEGATIVE_INFINITY;
  return drawnWindow.value.toMs - Math.max(longestPauseMs(), 2 * refreshFloorMs);
}

/** A longer pause between two points is a gap. */
function longestPauseMs(): number {
  return 2.5 * Math.max(stepMs, status.value?.samplingIntervalMs ?? 1000);
}

/**
 * The end of a moving window: the newest tick, so that no point claims a time for which nothing was measured yet. In a silence the
 * window goes on, and shows it.
 */
function newestMs(): number {
  return (isSilent() ? null : newestSampleMs()) ?? serverNow();
}
