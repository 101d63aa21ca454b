/** Log records of the page's window, newest first. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { zone } from "../../data/server.ts";
import { infoFrom, rangeQuery, severities, type LogList, type LogRecord, type Operation } from "../../data/telemetry.ts";
import { usePolled } from "../../data/use-polled.ts";
import { clockTime, dateTime } from "../../format/time.ts";
import { askedUrl, ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { cursorParam, Pager, setFilter } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { address, pageHref } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { TelemetryNone } from "./telemetry-none.tsx";

const refreshMs = 5000;
const rowsPerPage = 100;

/** Parameters of the address → of the server. */
const asked = { severity: "severity", q: "text", service: "service", trace: "traceId", [cursorParam]: "cursor" } as const;

export function LogsPage(): JSX.Element {
  const { params } = address.value;
  const isLive = timeRange.value.kind === "last" && !params.has(cursorParam);
  const url = askedUrl("/api/v1/performance/logs", asked, { ...rangeQuery(), limit: String(rowsPerPage) });
  const polled = usePolled<LogList>(url, isLive ? refreshMs : null);
  const list = polled.answer.value;
  const trace = params.get("trace");
  return (
    <>
      <div class="page-head">
        <h1>Logs</h1>
      </div>
      <div class="table-tools">
        <SearchField name="q" label="Search in log records" placeholder="Text in the record …" isMain />
        <ChoiceField
          name="severity"
          label="At least"
          all="anything"
          choices={severities.map(({ from, word }) => [String(from), word])}
        />
        <SearchField name="service" label="Service" placeholder="Service" list="log-services" />
        <Services />
        {trace === null ? null : (
          <button type="button" class="button" onClick={() => setFilter("trace", "")}>
            Of one trace; show all
          </button>
        )}
      </div>
      <PollNote of={polled} what="The log records" />
      {list === null ? null : <Found list={list} />}
    </>
  );
}

/** Services that have sent traces; those that send logs only must be typed. */
function Services(): JSX.Element {
  const { answer, failure } = usePolled<{ readonly operations: readonly Operation[] }>(
    "/api/v1/performance/trace-operations",
    null,
  );
  if (failure.value !== null) return <></>;
  return (
    <datalist id="log-services">
      {[...new Set((answer.value?.operations ?? []).map((one) => one.service))].map((service) => (
        <option key={service} value={service} />
      ))}
    </datalist>
  );
}

function Found({ list: { records, next, warnings } }: { readonly list: LogList }): JSX.Element {
  const opened = useSignal<string | null>(null);
  return (
    <>
      {warnings.map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
      {records.length === 0 ? (
        <TelemetryNone what="No log record" next={next} />
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Log records">
          <table class="table table-dense table-cards log-table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Severity</th>
                <th scope="col">Service</th>
                <th scope="col">Record</th>
              </tr>
            </thead>
            <tbody>
              {keyed(records).map(([key, record]) => {
                const isOpen = opened.value === key;
                return [
                  <Row key={key} record={record} isOpen={isOpen} toggle={() => (opened.value = isOpen ? null : key)} />,
                  isOpen ? (
                    <tr key={`${key} details`}>
                      <td colSpan={4} class="row-details">
                        <Details record={record} />
                      </td>
                    </tr>
                  ) : null,
                ];
              })}
            </tbody>
          </table>
        </div>
      )}
      <Pager next={next} facts={`${records.length} ${records.length === 1 ? "record" : "records"} on this page`} />
    </>
  );
}

/** Records have no id: the same time and text may come twice. */
function keyed(records: readonly LogRecord[]): readonly (readonly [key: string, record: LogRecord])[] {
  const seen = new Map<string, number>();
  return records.map((record) => {
    const key = JSON.stringify([record.timeMs, record.service, record.spanId, bodyText(record)]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return [`${key} ${count}`, record] as const;
  });
}

interface RowProps {
  readonly record: LogRecord;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function Row({ record, isOpen, toggle }: RowProps): JSX.Element {
  const { timeMs, severityNumber, severityText, service } = record;
  const severity = severities.find(({ from }) => severityNumber >= from);
  return (
    <tr>
      <td title={dateTime(timeMs, zone.value)}>{clockTime(timeMs, zone.value)}</td>
      <td>
        {severity?.status === undefined ? (
          <span class={severityNumber < infoFrom ? "dim" : undefined}>{severity?.word ?? severityText}</span>
        ) : (
          <StatusWord status={severity.status} word={severity.word} />
        )}
      </td>
      <td class="clip">{service}</td>
      <td class="log-body">
        <button type="button" class="link-button clip" aria-expanded={isOpen} onClick={toggle}>
          {bodyText(record) || "(no text)"}
        </button>
      </td>
    </tr>
  );
}

function Details({ record }: { readonly record: LogRecord }): JSX.Element {
  const { traceId, attributes, resource, timeMs, eventName } = record;
  return (
    <>
      <pre class="log-text">{bodyText(record)}</pre>
      <dl class="facts">
        <dt>Time</dt>
        <dd>{dateTime(timeMs, zone.value)}</dd>
        {eventName === "" ? null : (
          <>
            <dt>Event</dt>
            <dd>{eventName}</dd>
          </>
        )}
        {traceId === "" ? null : (
          <>
            <dt>Trace</dt>
            <dd>
              <a class="mono" href={pageHref("/traces", { trace: traceId })}>
                {traceId}
              </a>
            </dd>
          </>
        )}
        {[...Object.entries(attributes), ...Object.entries(resource)].map(([name, value]) => [
          <dt key={name}>{name}</dt>,
          <dd key={`${name} value`}>{plainText(value)}</dd>,
        ])}
      </dl>
    </>
  );
}

function bodyText({ body, eventName }: LogRecord): string {
  return plainText(body) || eventName;
}

function plainText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
