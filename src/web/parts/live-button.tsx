/** Live or paused, and what keeps the picture from being of this second: silence, or a clock that is off. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { alertsError } from "../data/alerts.ts";
import { isSilent, sampleAgeMs } from "../data/freshness.ts";
import { streamState, liveError } from "../data/live.ts";
import { playing } from "../data/query-board.ts";
import { loadStatus, skewMs, status } from "../data/server.ts";
import { spanText } from "../format/time.ts";
import { pageHref } from "../state/router.ts";
import { timeRange } from "../state/time-range.ts";
import { Icon } from "./icon.tsx";
import { toggleLive } from "./shortcuts.ts";

/** A clock this far off makes "now" on two screens two different times. */
const skewShownMs = 5000;
/** In a silence the server is asked so often whether it is one. */
const askAgainMs = 4000;

export function LiveButton(): JSX.Element {
  const fixed = timeRange.value.kind === "between";
  const running = playing.value && !fixed;
  const lost = running && streamState.value === "lost";
  const text = fixed ? "Go live" : !playing.value ? "Paused" : lost ? "Offline" : "Live";
  return (
    <button
      type="button"
      class="button live"
      data-state={lost ? "lost" : running ? "live" : "paused"}
      aria-label={running ? "Live; pause" : fixed ? "Go back to live" : "Paused; continue"}
      title="Live or paused (l)"
      onClick={toggleLive}
    >
      {running ? <span class="live-dot" /> : <Icon name="play" />}
      {text}
    </button>
  );
}

/** Shown only when something is off. */
export function LiveBadges(): JSX.Element {
  const silentForMs = useSignal<number | null>(null);
  useEffect(() => {
    let askedMs = 0;
    const look = async (): Promise<void> => {
      // A page without charts gets no ticks: before silence is reported, the server is asked.
      if (isSilent() && performance.now() - askedMs > askAgainMs) {
        askedMs = performance.now();
        await loadStatus();
      }
    };
    // When the server does not answer either, the age goes on growing, and that is what is shown.
    const show = (): void => {
      silentForMs.value = isSilent() ? sampleAgeMs() : null;
    };
    const timer = setInterval(() => void look().then(show, show), 1000);
    return () => clearInterval(timer);
  }, []);
  const skewed = Math.abs(skewMs.value) > skewShownMs;
  return (
    <div class="badges" role="status">
      {silentForMs.value === null ? null : <span class="badge">Last sample {spanText(silentForMs.value)} ago</span>}
      {status.value?.collect.collecting === false ? <span class="badge">Collection is switched off</span> : null}
      {(status.value?.configError ?? null) === null ? null : (
        <a class="badge" href={`${pageHref("/settings")}#config`} title={status.value?.configError ?? undefined}>
          The configuration file is not valid
        </a>
      )}
      {skewed ? (
        <span class="badge">
          This clock is {spanText(Math.abs(skewMs.value))} {skewMs.value > 0 ? "behind" : "ahead"}
        </span>
      ) : null}
      {alertsError.value === null ? null : (
        <a class="badge" href={pageHref("/alerts")} title={alertsError.value}>
          Alerts are not known
        </a>
      )}
      {liveError.value === null ? null : (
        <span class="badge" title={liveError.value}>
          No live values
        </span>
      )}
    </div>
  );
}
