/**
 * The one event stream of this tab. It carries every topic, closes after a minute in the background, and comes back with
 * the tab. Its user (`query-board.ts`) gives it the queries; the rest of the page reads its signals.
 */
import { effect, signal } from "@preact/signals";
import type { Annotation } from "../../core/annotation.ts";
import type { CheckResult } from "../../core/check.ts";
import type { Labels } from "../../core/labels.ts";
import type { ProcessList, SeriesQuery } from "./contract.ts";
import { receiveAnnotation } from "./annotations.ts";
import { errorText, sendJson } from "./http.ts";
import { loadSession, loadStatus, needsLogin, noteServerTime, shownNode, status, takeChecks } from "./server.ts";

export type StreamState = "connecting" | "open" | "hidden" | "lost";

export const streamState = signal<StreamState>("connecting");
/** Time of the newest tick, by the server's clock. */
export const lastTickMs = signal<number | null>(null);
/** The process list as the stream last sent it; `null` while no page asks for it. */
export const liveProcesses = signal<ProcessList | null>(null);
/** Sort field of the process topic; `null` when no page shows processes. */
export const processSort = signal<string | null>(null);
/** Why the stream does not carry what the page needs, as a sentence. */
export const liveError = signal<string | null>(null);

export interface TickListener {
  shape(id: string, labels: readonly Labels[]): void;
  tick(timeMs: number, values: Readonly<Record<string, readonly (number | null)[]>>): void;
  /** Ticks are missing: ask for history again. */
  resync(): void;
}

/** A hidden tab gives its connection back after this long: browsers allow six per origin over HTTP/1.1. */
const hiddenCloseMs = 60_000;
const reconnectMs = 3000;

let source: EventSource | null = null;
let streamId: string | null = null;
let listener: TickListener | null = null;
let queries: readonly SeriesQuery[] = [];
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
let sendTimer: ReturnType<typeof setTimeout> | undefined;
/** The subscription that is on its way. */
let sending: AbortController | null = null;
/** Whether the page needs something else since that was sent. */
let changed = false;

/** Opens the stream and keeps it open while the tab is seen. The returned function ends it. */
export function startLive(tickListener: TickListener): () => void {
  listener = tickListener;
  document.addEventListener("visibilitychange", onVisibility);
  const stopSubscribing = effect(() => {
    // Read, so that a change of the sort field or of the node renews the subscription.
    void shownNode.value;
    if (processSort.value === null) liveProcesses.value = null;
    scheduleSubscription();
  });
  connect();
  return () => {
    listener = null;
    stopSubscribing();
    document.removeEventListener("visibilitychange", onVisibility);
    disconnect("lost");
  };
}

/** Replaces the queries that ticks carry. Several calls in one turn become one request. */
export function setLiveQueries(next: readonly SeriesQuery[]): void {
  queries = next;
  scheduleSubscription();
}

function connect(): void {
  if (source !== null) return;
  if (streamState.value !== "lost") streamState.value = "connecting";
  source = new EventSource("/api/v1/live");
  on("hello", onHello);
  on<{ t: number; q: Record<string, (number | null)[]> }>("tick", (tick) => {
    lastTickMs.value = tick.t;
    listener?.tick(tick.t, tick.q);
  });
  on<{ id: string; labels: Labels[] }>("shape", (shape) => listener?.shape(shape.id, shape.labels));
  on<{ node: string; checks: CheckResult[] }>("checks", (message) => takeChecks(message.node, message.checks));
  on<Annotation>("annotation", receiveAnnotation);
  on<ProcessList>("processes", (list) => (liveProcesses.value = list));
  on<{ collecting: boolean; absences: number }>("status", onStatus);
  on("resync", () => listener?.resync());
  source.addEventListener("error", onError);
}

function on<T>(event: string, handle: (data: T) => void): void {
  source?.addEventListener(event, (message: MessageEvent<string>) => {
    // Our own server's event (contract.ts): the shape is what the contract says.
    handle(JSON.parse(message.data) as T);
  });
}

function onHello(hello: { readonly streamId: string; readonly serverTimeMs: number }): void {
  const again = streamState.value === "lost";
  changeStream(hello.streamId);
  streamState.value = "open";
  noteServerTime(hello.serverTimeMs, Date.now());
  void subscribe();
  if (!again) return;
  // The browser has found the server again, perhaps another run of it: what was missed is asked for.
  refreshStatus();
  listener?.resync();
}

function onStatus(message: { readonly collecting: boolean; readonly absences: number }): void {
  const known = status.value?.collect;
  if (known?.absences.length !== message.absences || known.collecting !== message.collecting) refreshStatus();
}

function refreshStatus(): void {
  loadStatus().catch((error: unknown) => (liveError.value = errorText(error)));
}

function onError(): void {
  // The browser retries a broken stream itself; a refused one (401, 503) it gives up.
  const givenUp = source?.readyState === EventSource.CLOSED;
  if (givenUp) disconnect("lost");
  changeStream(null);
  streamState.value = "lost";
  if (givenUp) retryLater();
}

/** Asks for the session first: when it has ended, the login page comes instead of a stream. */
function retryLater(): void {
  setTimeout(() => {
    loadSession().then(() => {
      if (listener !== null && document.visibilityState === "visible" && !needsLogin.value) connect();
    }, retryLater);
  }, reconnectMs);
}

function onVisibility(): void {
  clearTimeout(hiddenTimer);
  if (document.visibilityState === "hidden") {
    hiddenTimer = setTimeout(() => disconnect("hidden"), hiddenCloseMs);
  } else if (source === null) {
    connect();
    listener?.resync();
  }
}

function disconnect(state: StreamState): void {
  source?.close();
  source = null;
  changeStream(null);
  streamState.value = state;
}

function scheduleSubscription(): void {
  clearTimeout(sendTimer);
  sendTimer = setTimeout(() => void subscribe(), 0);
}

/** One after the other: of two that are on their way at once the older one may arrive last, and stay. */
async function subscribe(): Promise<void> {
  clearTimeout(sendTimer);
  changed = true;
  if (streamId === null || sending !== null) return;
  const mine = new AbortController();
  sending = mine;
  changed = false;
  const error = await sendSubscription(streamId, mine.signal);
  // Another stream has begun meanwhile, or none is open.
  if (sending !== mine) return;
  sending = null;
  liveError.value = error;
  if (changed) void subscribe();
  else if (error !== null) sendTimer = setTimeout(() => void subscribe(), reconnectMs);
}

/** Why it failed, as a sentence; `null` when it did not. */
async function sendSubscription(stream: string, signal: AbortSignal): Promise<string | null> {
  const topics = ["checks", "annotations", ...(processSort.value === null ? [] : ["processes"])];
  const sort = processSort.value === null ? {} : { processSort: processSort.value };
  const body = { node: shownNode.value, queries, topics, ...sort };
  try {
    await sendJson("POST", `/api/v1/live/${encodeURIComponent(stream)}`, body, signal);
    return null;
  } catch (error) {
    return errorText(error);
  }
}

/** What is sent from here on is for another stream. */
function changeStream(id: string | null): void {
  streamId = id;
  sending?.abort();
  sending = null;
}
