/** What a trace is, in one line, and what of it is not there. */
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { msOfNs } from "../../../core/nanoseconds.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { openText } from "../../data/open-traces.ts";
import { serverNow, zone } from "../../data/server.ts";
import type { TraceColumns } from "../../data/trace-columns.ts";
import { dateTime } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { flowHref } from "../../state/flow-href.ts";
import type { TraceModel } from "../../views/trace/trace-model.ts";

interface Props {
  readonly traceId: string;
  readonly trace: TraceColumns;
  readonly model: TraceModel;
  /** What it is the trace of; `null`: of no transaction and of no block, or that is not known yet. */
  readonly flow: Flow | null;
}

export function TraceHead({ traceId, trace, model: { times }, flow }: Props): JSX.Element {
  const { summary, columns, warnings, cameAtMs } = trace;
  const { service, name } = summary.root ?? summary.first;
  // Not the summary's times: of a clock of 1970 it makes a trace of half a century.
  const startMs = msOfNs(columns.originNs) + times.fromMs;
  const loadedMs = serverNow() - (performance.now() - cameAtMs);
  const isOpen = flow?.status === "pending" || flow?.status === "reorged";
  const leftOut = summary.spans - columns.startMs.length;
  const missing = leftOut <= 0 ? [] : [`${leftOut.toLocaleString("en")} spans are not shown.`];
  return (
    <>
      <div class="page-head">
        <h1>
          {cleanText(name) || "(no name)"} <small class="dim">{cleanText(service)}</small>
        </h1>
        <p class="page-facts">
          <span>{dateTime(startMs, zone.value)}</span>
          <span>{isOpen ? `${openText(startMs, loadedMs)} when it was loaded` : durationText(times.toMs - times.fromMs)}</span>
          {times.outsideCount === 0 ? null : (
            <StatusWord status="warning" word={`${times.outsideCount.toLocaleString("en")} spans of other times`} />
          )}
          <span>{counted(summary.spans, "span")}</span>
          <span>{counted(summary.services.length, "service")}</span>
          {summary.errors === 0 ? null : (
            <StatusWord status="critical" word={`${summary.errors.toLocaleString("en")} failed`} />
          )}
          {summary.root === null ? <StatusWord status="warning" word="its root has not come" /> : null}
          {flow?.isSimulated === true ? <DemoBadge /> : null}
          <span class="mono">{traceId}</span>
          {flow === null ? null : (
            <a href={flowHref(flow.kind === "block" ? "/blocks" : "/transactions", flow.hash || traceId)}>
              The {flow.kind}’s way through the nodes
            </a>
          )}
        </p>
      </div>
      {[...warnings, ...missing].map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
    </>
  );
}

function counted(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
