/** The newest transactions or blocks of the window, each with where its time went. */
import type { JSX } from "preact";
import type { Flow } from "../../../core/trace/flow.ts";
import { chainText, stageTitles } from "../../../core/trace/flow-words.ts";
import { durationText, measuredText } from "../../../core/trace/time-words.ts";
import type { RecentFlow } from "../../data/flow-data.ts";
import { zone } from "../../data/server.ts";
import { agoText, dateTime } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { pageNow } from "../../parts/page-now.ts";
import { darkTheme } from "../../state/preferences.ts";
import { flowHref } from "../../state/flow-href.ts";
import { FlowStatus } from "./flow-status.tsx";
import { stageColor } from "./stage-color.ts";

interface Props {
  readonly kind: Flow["kind"];
  readonly rows: readonly RecentFlow[];
}

export function RecentFlows({ kind, rows }: Props): JSX.Element {
  const longestMs = Math.max(0, ...rows.map(({ latencyMs }) => latencyMs ?? 0));
  return (
    <div
      class="table-scroll list-scroll recent-flows"
      tabIndex={0}
      role="region"
      aria-label={kind === "transaction" ? "Transactions" : "Blocks"}
    >
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">{kind === "transaction" ? "Transaction" : "Block"}</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              First seen
            </th>
            <th scope="col" class="number">
              Nodes
            </th>
            {kind === "transaction" ? (
              <th scope="col" class="number">
                Block
              </th>
            ) : null}
            <th scope="col">{kind === "transaction" ? "Until in a block everywhere" : "Until canonical everywhere"}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.traceId} kind={kind} row={row} longestMs={longestMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  kind,
  row,
  longestMs,
}: {
  readonly kind: Flow["kind"];
  readonly row: RecentFlow;
  readonly longestMs: number;
}): JSX.Element {
  const { traceId, hash, isSimulated, startMs, status, places, blockNumber, chain } = row;
  const isBlock = kind === "block";
  return (
    <tr>
      <th scope="row" class="clip">
        <a
          href={flowHref(isBlock ? "/blocks" : "/transactions", hash === "" ? traceId : hash)}
          title={hash === "" ? traceId : hash}
        >
          {isBlock && blockNumber !== null ? `${blockNumber.toLocaleString("en")} · ` : ""}
          <span class="mono">{shortHash(hash === "" ? traceId : hash)}</span>
        </a>{" "}
        {isSimulated ? <DemoBadge /> : null}
        <div class="dim">{chainText(chain)}</div>
      </th>
      <td>
        <FlowStatus status={status} />
      </td>
      <td class="number" data-label="First seen" title={dateTime(startMs, zone.value)}>
        {agoText(startMs, pageNow())}
      </td>
      <td class="number" data-label="Nodes">
        {places}
      </td>
      {isBlock ? null : (
        <td class="number" data-label="Block">
          {blockNumber?.toLocaleString("en") ?? "–"}
        </td>
      )}
      <td class="flow-bar-cell">
        <Latency row={row} longestMs={longestMs} />
      </td>
    </tr>
  );
}

/** As long as its share of the longest one; its stages in their colours, and in words for those who point at it or cannot see it. */
function Latency({
  row: { latencyMs, stages, slowestHop },
  longestMs,
}: {
  readonly row: RecentFlow;
  readonly longestMs: number;
}): JSX.Element {
  if (latencyMs === null) return <span class="dim">–</span>;
  const parts = stages.filter(({ share }) => share !== null);
  const words = parts.map(({ stage, ms }) => `${stageTitles[stage]} ${durationText(ms)}`).join(", ");
  return (
    <span class="bar-cell" title={words}>
      {durationText(latencyMs)}
      <span class="visually-hidden">: {words}</span>
      {slowestHop === null ? null : (
        <span class="dim">
          {" "}
          · {slowestHop.source} → {slowestHop.target} {measuredText(slowestHop.ms, slowestHop.errorMs)}
        </span>
      )}
      <span
        class="stage-bar"
        aria-hidden="true"
        style={{ width: `${longestMs <= 0 ? 0 : Math.max(1, (latencyMs / longestMs) * 100)}%` }}
      >
        {parts.map(({ stage, share }) => (
          <span key={stage} style={{ width: `${(share ?? 0) * 100}%`, background: stageColor(stage, darkTheme.value) }} />
        ))}
      </span>
    </span>
  );
}

/** Beginning and end, which are what people compare. */
export function shortHash(hash: string): string {
  return hash.length <= 20 ? hash : `${hash.slice(0, hash.startsWith("0x") ? 12 : 10)}…${hash.slice(-6)}`;
}
