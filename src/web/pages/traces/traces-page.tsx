/** Traces of the page's window as a list, or one of them as a table of its spans. */
import type { JSX } from "preact";
import { serverNow, zone } from "../../data/server.ts";
import { rangeQuery, type Operation, type TraceList, type TraceSummary } from "../../data/telemetry.ts";
import { usePolled } from "../../data/use-polled.ts";
import { quantityText } from "../../format/quantity.ts";
import { agoText, dateTime } from "../../format/time.ts";
import { askedUrl, ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { cursorParam, Pager } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { address, pageHref } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { TelemetryNone } from "./telemetry-none.tsx";
import { TraceView } from "./trace-view.tsx";

const refreshMs = 5000;
const rowsPerPage = 50;

/** Parameters of the address → of the server. */
const asked = {
  service: "service",
  name: "name",
  status: "status",
  least: "minDurationMs",
  [cursorParam]: "cursor",
} as const;

export function TracesPage(): JSX.Element {
  const traceId = address.value.params.get("trace");
  return traceId === null ? <TraceListView /> : <TraceView traceId={traceId} />;
}

function TraceListView(): JSX.Element {
  const isLive = timeRange.value.kind === "last" && !address.value.params.has(cursorParam);
  const url = askedUrl("/api/v1/performance/traces", asked, { ...rangeQuery(), limit: String(rowsPerPage) });
  const polled = usePolled<TraceList>(url, isLive ? refreshMs : null);
  const operations = usePolled<{ readonly operations: readonly Operation[] }>("/api/v1/performance/trace-operations", null);
  const list = polled.answer.value;
  const known = operations.answer.value?.operations ?? [];
  const service = address.value.params.get("service");
  return (
    <>
      <div class="page-head">
        <h1>Traces</h1>
      </div>
      <div class="table-tools">
        <ChoiceField
          name="service"
          label="Service"
          all="All"
          choices={[...new Set([...known.map((one) => one.service), ...(service === null ? [] : [service])])].map((one) => [
            one,
            one,
          ])}
        />
        <SearchField name="name" label="Name of a span" placeholder="A span's whole name …" list="span-names" isMain />
        <datalist id="span-names">
          {[...new Set(known.filter((one) => service === null || one.service === service).map((one) => one.name))].map(
            (name) => (
              <option key={name} value={name} />
            ),
          )}
        </datalist>
        <ChoiceField
          name="status"
          label="Status"
          all="All"
          choices={[
            ["error", "Error"],
            ["ok", "OK"],
            ["unset", "Not said"],
          ]}
        />
        <ChoiceField
          name="least"
          label="At least"
          all="any time"
          choices={[
            ["10", "10 ms"],
            ["100", "100 ms"],
            ["1000", "1 s"],
            ["10000", "10 s"],
          ]}
        />
      </div>
      {operations.failure.value === null ? null : <PollNote of={operations} what="The names of services" />}
      <PollNote of={polled} what="The traces" />
      {list === null ? null : <Found list={list} />}
    </>
  );
}

function Found({ list: { traces, next, warnings } }: { readonly list: TraceList }): JSX.Element {
  const longestMs = Math.max(0, ...traces.map((trace) => trace.durationMs));
  return (
    <>
      <Warnings warnings={warnings} />
      {traces.length === 0 ? (
        <TelemetryNone what="No trace" next={next} />
      ) : (
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
              {traces.map((trace) => (
                <Row key={trace.traceId} trace={trace} longestMs={longestMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager next={next} facts={`${traces.length} ${traces.length === 1 ? "trace" : "traces"} on this page`} />
    </>
  );
}

function Row({ trace, longestMs }: { readonly trace: TraceSummary; readonly longestMs: number }): JSX.Element {
  const { traceId, startMs, durationMs, spans, errors, root, first, services } = trace;
  const { service, name } = root ?? first;
  return (
    <tr>
      <th scope="row" class="clip trace-name">
        <a href={pageHref("/traces", { trace: traceId })} title={traceId}>
          {name === "" ? "(no name)" : name}
        </a>
        <div class="dim">
          {service}
          {root === null ? ", its root has not come" : ""}
        </div>
      </th>
      <td class="number" data-label="Began" title={dateTime(startMs, zone.value)}>
        {agoText(startMs, serverNow())}
      </td>
      <td data-label="Duration">
        <span class="bar-cell">
          <span>{quantityText(durationMs / 1000, "seconds")}</span>
          <span class="bar-share" aria-hidden="true">
            <span style={{ width: `${longestMs <= 0 ? 0 : Math.max(0, (durationMs / longestMs) * 100)}%` }} />
          </span>
        </span>
      </td>
      <td class="number" data-label="Spans">
        {spans}
      </td>
      <td>{errors === 0 ? "" : <StatusWord status="critical" word={`${errors} failed`} />}</td>
      <td class="wrap">
        {services.map((one) => (
          <span key={one.service} class="tag">
            {one.service} {one.spans}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Warnings({ warnings }: { readonly warnings: readonly string[] }): JSX.Element {
  if (warnings.length === 0) return <></>;
  return (
    <ul class="warnings">
      {warnings.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
    </ul>
  );
}
