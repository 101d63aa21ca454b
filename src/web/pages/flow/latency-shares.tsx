/** What the latency consists of, in the middle and of the slowest: two bars of one length, with their parts in words. */
import type { JSX } from "preact";
import { shareText, stageTitles } from "../../../core/trace/flow-words.ts";
import type { LatencyPart, LatencyShares as Shares } from "../../../core/trace/latency-shares.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { darkTheme } from "../../state/preferences.ts";
import { stageColor } from "./stage-color.ts";

interface Props {
  readonly median: Shares | null;
  readonly slowest: Shares | null;
}

/** Parts that are named; what is left is said as one. */
const named = 6;

export function LatencyShares({ median, slowest }: Props): JSX.Element {
  if (median === null || slowest === null) return <p class="dim">Nothing has come to its end in this window.</p>;
  return (
    <div class="shares">
      <Bar title="In the middle" shares={median} />
      <Bar title="The slowest twentieth" shares={slowest} />
    </div>
  );
}

function Bar({ title, shares: { n, fromMs, toMs, parts } }: { readonly title: string; readonly shares: Shares }): JSX.Element {
  const shown = parts.slice(0, named);
  const rest = parts.slice(named).reduce((sum, { share }) => sum + share, 0);
  return (
    <div>
      <h3>
        {title}{" "}
        <span class="dim">
          {fromMs === toMs ? durationText(fromMs) : `${durationText(fromMs)} to ${durationText(toMs)}`},{" "}
          {n.toLocaleString("en")} of them
        </span>
      </h3>
      <div class="stage-bar" aria-hidden="true">
        {parts.map((part) => (
          <span
            key={nameOf(part)}
            style={{ width: `${part.share * 100}%`, background: stageColor(part.stage, darkTheme.value) }}
          />
        ))}
      </div>
      <ul class="share-list">
        {shown.map((part) => (
          <li key={nameOf(part)}>
            <svg class="legend-key" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect width="10" height="10" fill={stageColor(part.stage, darkTheme.value)} />
            </svg>
            {nameOf(part)} <strong>{shareText(part.share)}</strong>
          </li>
        ))}
        {rest === 0 ? null : (
          <li>
            {parts.length - named} more <strong>{shareText(rest)}</strong>
          </li>
        )}
      </ul>
    </div>
  );
}

function nameOf({ stage, sourceName, targetName }: LatencyPart): string {
  return sourceName === null || targetName === null
    ? stageTitles[stage]
    : `${stageTitles[stage]} ${sourceName} → ${targetName}`;
}
