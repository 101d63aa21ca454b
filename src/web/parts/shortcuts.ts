/** The keyboard: single keys that work wherever no text is being typed. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { togglePlaying } from "../data/query-board.ts";
import { serverNow } from "../data/server.ts";
import { navigate, pageHref } from "../state/router.ts";
import { bounds, pan, zoom, type TimeRange } from "../state/range.ts";
import { setRange, timeRange } from "../state/time-range.ts";
import { isOwnArrow } from "./own-arrow.ts";

export const helpOpen = signal(false);
export const rangeMenuOpen = signal(false);

/** Keys and what they do, as the help shows them. */
export const shortcuts: readonly (readonly [keys: string, meaning: string])[] = [
  ["?", "This help"],
  ["t", "Choose the time range"],
  ["l", "Live or paused; from a fixed range, back to live"],
  ["← →", "Earlier, later"],
  ["+ −", "Zoom in, out"],
  ["/", "Search or filter on this page"],
  ["v", "The chart in focus as a table"],
  ["g o", "Overview"],
  ["g h", "Host"],
  ["g b", "Blockchain clients"],
  ["g e", "Explore"],
  ["g x", "Transactions; blocks are beside them"],
  ["g t", "Traces"],
  ["g l", "Logs"],
  ["g a", "Alerts"],
  ["g c", "Health checks"],
  ["g f", "Fleet"],
  ["g d", "Data flow; targets and runtimes are beside it"],
  ["g s", "Settings"],
  ["Esc", "Close"],
];

const pages: Readonly<Record<string, string>> = {
  o: "/",
  h: "/host",
  b: "/chain",
  e: "/explore",
  a: "/alerts",
  c: "/health",
  x: "/transactions",
  t: "/traces",
  l: "/logs",
  f: "/fleet",
  d: "/sources",
  s: "/settings",
  q: "/graphql-explorer",
};
/** The second key of `g o` must follow within this time. */
const chordMs = 1200;

/** Listens while the page is open. */
export function useShortcuts(): void {
  useEffect(() => {
    let chordUntil = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.composedPath()[0] ?? null))
        return;
      if (performance.now() < chordUntil) {
        chordUntil = 0;
        const page = pages[event.key];
        if (page !== undefined) navigate(pageHref(page));
        return;
      }
      if (event.key === "g") {
        chordUntil = performance.now() + chordMs;
        return;
      }
      const act = actions[event.key];
      if (act === undefined || isOwnArrow(event, elementsOf(event))) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

/** Live or not; a fixed range goes back to the moving one of the same width. */
export function toggleLive(): void {
  const range = timeRange.value;
  if (range.kind === "last") togglePlaying();
  else setRange({ kind: "last", spanMs: roundSpan(range) });
}

/** Shows a window twice as wide. */
export function zoomOut(): void {
  setRange(zoom(timeRange.value, 2, serverNow()));
}

const actions: Readonly<Record<string, () => void>> = {
  "?": () => (helpOpen.value = !helpOpen.value),
  t: () => (rangeMenuOpen.value = !rangeMenuOpen.value),
  l: toggleLive,
  ArrowLeft: () => setRange(pan(timeRange.value, -0.5, serverNow())),
  ArrowRight: () => setRange(pan(timeRange.value, 0.5, serverNow())),
  "+": () => setRange(zoom(timeRange.value, 0.5, serverNow())),
  "=": () => setRange(zoom(timeRange.value, 0.5, serverNow())),
  "-": zoomOut,
  "/": () => document.querySelector<HTMLInputElement>("[data-search]")?.focus(),
  Escape: () => {
    helpOpen.value = false;
    rangeMenuOpen.value = false;
  },
};

function roundSpan(range: TimeRange): number {
  const { fromMs, toMs } = bounds(range, 0);
  return Math.max(5, Math.round((toMs - fromMs) / 1000)) * 1000;
}

/** From the one that has the focus outwards. */
function elementsOf(event: KeyboardEvent): readonly Element[] {
  return event.composedPath().filter((target) => target instanceof Element);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches("input, select, textarea") || target.isContentEditable);
}
