/** Found traces as a list, each with the share that its services have of its spans. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { openText } from "../../data/open-traces.ts";
import { zone } from "../../data/server.ts";
import type { TraceSummary } from "../../data/telemetry.ts";
import { agoText, dateTime } from "../../format/time.ts";
import { pageNow } from "../../parts/page-now.ts";
import { StatusWord } from "../../parts/status-word.tsx";
import { darkTheme } from "../../state/preferences.ts";
import { pageHref } from "../../state/router.ts";
import { serviceColor } from "../../views/trace/canvas-ink.ts";

interface Props {
  readonly traces: readonly TraceSummary[];
  /** Those that go on. */
  readonly openIds: ReadonlySet<string>;
  /** Index of the one that is pointed at, here or in the picture; −1. */
  readonly pointed: Signal<number>;
}

/** Digits of an id that tell rows apart: those that a transaction's hash begins with. */
const idDigits = 8;
/** Services that are named in a row. */
const namedMax = 4;

export function TraceRows({ traces, openIds, pointed }: Props): JSX.Element {
  const longestMs = Math.max(0, ...traces.map(({ durationMs }) => durationMs));
  // One colour per service in the whole list, by the order of their names: the same after each answer.
  const services = [...new Set(traces.flatMap((trace) => trace.services.map(({ service }) => service)))].sort();
  const colorOf = new Map(services.map((service, index) => [service, serviceColor(index, darkTheme.value)]));
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Traces">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col" class="number">
              Began
            </th>
            <th scope="col">Duration</th>
            <th scope="col" class="number">
              Spans
            </th>
            <th scope="col">Errors</th>
            <th scope="col">Services</th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace, index) => (
            <Row
              key={trace.traceId}
              trace={trace}
              longestMs={longestMs}
              isOpen={openIds.has(trace.traceId)}
              colorOf={colorOf}
              isPointed={pointed.value === index}
              point={() => (pointed.value = index)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly trace: TraceSummary;
  readonly longestMs: number;
  readonly isOpen: boolean;
  readonly colorOf: ReadonlyMap<string, string>;
  readonly isPointed: boolean;
  readonly point: () => void;
}

function Row({ trace, longestMs, isOpen, colorOf, isPointed, point }: RowProps): JSX.Element {
  const { traceId, startMs, durationMs, spans, errors, root, first, services } = trace;
  const { service, name } = root ?? first;
  return (
    <tr data-trace={traceId} data-pointed={isPointed} onPointerEnter={point}>
      <th scope="row" class="clip trace-name">
        <a href={pageHref("/traces", { trace: traceId })} title={traceId}>
          {cleanText(name) || "(no name)"}
        </a>
        <div class="dim">
          {cleanText(service)} · <span class="mono">{traceId.slice(0, idDigits)}…</span>
          {root === null ? ", its root has not come" : ""}
        </div>
      </th>
      <td class="number" data-label="Began" title={dateTime(startMs, zone.value)}>
        {agoText(startMs, pageNow())}
      </td>
      <td data-label="Duration">
        {isOpen ? (
          openText(startMs, pageNow())
        ) : (
          <span class="bar-cell">
            <span>{durationText(durationMs)}</span>
            <span class="bar-share" aria-hidden="true">
              <span style={{ width: `${longestMs <= 0 ? 0 : Math.max(0, (durationMs / longestMs) * 100)}%` }} />
            </span>
          </span>
        )}
      </td>
      <td class="number" data-label="Spans">
        {spans.toLocaleString("en")}
      </td>
      <td>{errors === 0 ? "" : <StatusWord status="critical" word={`${errors.toLocaleString("en")} failed`} />}</td>
      <td>
        <span class="service-bar" aria-hidden="true">
          {services.map((one) => (
            <span key={one.service} style={{ flexGrow: one.spans, background: colorOf.get(one.service) }} />
          ))}
        </span>
        <span class="service-names">
          {services
            .slice(0, namedMax)
            .map((one) => `${cleanText(one.service, 40)} ${one.spans.toLocaleString("en")}`)
            .join(" · ")}
          {services.length > namedMax ? ` · and ${services.length - namedMax} more` : ""}
        </span>
      </td>
    </tr>
  );
}
