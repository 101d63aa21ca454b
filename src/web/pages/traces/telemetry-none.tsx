/** Why a list of traces or log records is empty, and what to do. */
import type { JSX } from "preact";
import { pageHref } from "../../state/router.ts";

interface Props {
  /** What there is none of, as in “No trace”. */
  readonly what: string;
  /** Cursor of the next page: a page may be empty although there is more. */
  readonly next: string | null;
}

export function TelemetryNone({ what, next }: Props): JSX.Element {
  if (next !== null) return <p class="series-note">Nothing on this page matches; there is more to look through.</p>;
  return (
    <div class="notice-inline">
      <p>{what} in this range matches.</p>
      <p class="dim">
        Choose a wider range, or other filters. Programs send here by OTLP: see{" "}
        <a href={pageHref("/sources")}>how to connect</a>.
      </p>
    </div>
  );
}
