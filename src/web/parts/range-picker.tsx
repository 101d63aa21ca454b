/** Chooses the window that all charts show: a moving one of a usual width, or a fixed one. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawnWindow } from "../data/query-board.ts";
import { serverNow, zone } from "../data/server.ts";
import { clockTime, dateTime, spanText } from "../format/time.ts";
import { fromZoned, toZoned } from "../format/zoned-input.ts";
import { between, bounds, presets, spanParam, type TimeRange } from "../state/range.ts";
import { setRange, timeRange } from "../state/time-range.ts";
import { Icon } from "./icon.tsx";
import { rangeMenuOpen, zoomOut } from "./shortcuts.ts";

export function RangePicker(): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const range = timeRange.value;
  useEffect(() => {
    if (!rangeMenuOpen.value) return undefined;
    const close = (event: PointerEvent): void => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) rangeMenuOpen.value = false;
    };
    document.addEventListener("pointerdown", close);
    root.current?.querySelector<HTMLElement>(".popover button")?.focus();
    return () => document.removeEventListener("pointerdown", close);
  }, [rangeMenuOpen.value]);
  const choose = (next: TimeRange): void => {
    rangeMenuOpen.value = false;
    setRange(next);
  };
  return (
    <div
      class="popover-anchor anchor-range"
      ref={root}
      onKeyDown={(event) => event.key === "Escape" && (rangeMenuOpen.value = false)}
    >
      <span class="range-buttons">
        <button
          type="button"
          class="button"
          aria-haspopup="dialog"
          aria-expanded={rangeMenuOpen.value}
          title="Time range (t)"
          onClick={() => (rangeMenuOpen.value = !rangeMenuOpen.value)}
        >
          <RangeText range={range} />
          <Icon name="chevron" />
        </button>
        <button type="button" class="icon-button" aria-label="Zoom out" title="Zoom out (−)" onClick={zoomOut}>
          <Icon name="zoomOut" />
        </button>
      </span>
      {rangeMenuOpen.value ? (
        <div class="popover" role="dialog" aria-label="Time range">
          <div class="preset-list">
            {presets.map((preset) => (
              <button
                key={preset.text}
                type="button"
                class="button"
                aria-pressed={range.kind === "last" && range.spanMs === preset.spanMs}
                onClick={() => choose({ kind: "last", spanMs: preset.spanMs })}
              >
                {preset.text}
              </button>
            ))}
          </div>
          <FixedRange range={range} choose={choose} />
        </div>
      ) : null}
    </div>
  );
}

function FixedRange({ range, choose }: { readonly range: TimeRange; readonly choose: (next: TimeRange) => void }): JSX.Element {
  const start = bounds(range, serverNow());
  const from = useSignal(toZoned(start.fromMs, zone.value));
  const to = useSignal(toZoned(start.toMs, zone.value));
  const error = useSignal("");
  const apply = (event: Event): void => {
    event.preventDefault();
    const fromMs = fromZoned(from.value, zone.value);
    const toMs = fromZoned(to.value, zone.value);
    if (fromMs === null || toMs === null) error.value = "Both ends need a date and a time.";
    else if (toMs <= fromMs) error.value = "The end must come after the beginning.";
    else choose(between(fromMs, toMs));
  };
  return (
    <form onSubmit={apply}>
      <label class="field">
        From
        <input
          class="input"
          type="datetime-local"
          step="1"
          value={from.value}
          onInput={(event) => (from.value = event.currentTarget.value)}
        />
      </label>
      <label class="field">
        To
        <input
          class="input"
          type="datetime-local"
          step="1"
          value={to.value}
          onInput={(event) => (to.value = event.currentTarget.value)}
        />
      </label>
      {error.value === "" ? null : (
        <p class="error-text" role="alert">
          {error.value}
        </p>
      )}
      <button type="submit" class="button button-primary">
        Show this range
      </button>
    </form>
  );
}

/** What the charts show. While there is less history than was asked for, it says how much there is. */
function RangeText({ range }: { readonly range: TimeRange }): JSX.Element {
  if (range.kind === "between") return <>{fixedText(range)}</>;
  const span = spanParam(range.spanMs);
  const { fromMs, toMs } = drawnWindow.value;
  const shownMs = toMs - fromMs;
  // A second of tolerance: history rarely begins on the window's edge.
  if (shownMs <= 0 || shownMs >= range.spanMs - 1000) return <>Last {span}</>;
  return (
    <span title={`There is no older history yet; the window grows to ${span}.`}>
      {coarseSpan(shownMs)} <span class="dim">of {span}</span>
    </span>
  );
}

/** In whole seconds below a minute, else in whole minutes and more: a label must not tick. */
function coarseSpan(ms: number): string {
  return spanText(ms < 60_000 ? ms : Math.floor(ms / 60_000) * 60_000);
}

function fixedText(range: Extract<TimeRange, { kind: "between" }>): string {
  const sameDay = range.toMs - range.fromMs < 43_200_000;
  const end = sameDay ? clockTime(range.toMs, zone.value) : dateTime(range.toMs, zone.value);
  return `${dateTime(range.fromMs, zone.value)} – ${end}`;
}
