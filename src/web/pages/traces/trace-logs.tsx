/** The log records of one trace, by their time; the page of log records has more of them. */
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { zone } from "../../data/server.ts";
import { infoFrom, severities, type LogList } from "../../data/telemetry.ts";
import { usePolled } from "../../data/use-polled.ts";
import { clockTime, dateTime } from "../../format/time.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { pageHref } from "../../state/router.ts";

const recordsMax = 200;

export function TraceLogs({ traceId }: { readonly traceId: string }): JSX.Element {
  const polled = usePolled<LogList>(`/api/v1/performance/logs?traceId=${traceId}&from=0&limit=${recordsMax}`, null);
  const list = polled.answer.value;
  return (
    <>
      <PollNote of={polled} what="The log records" />
      {list?.warnings.map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
      {list === null ? null : list.records.length === 0 ? (
        <p class="series-note">No log record names this trace.</p>
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Log records of the trace">
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
              {list.records
                .toReversed()
                .map(({ timeMs, severityNumber, severityText, service, body, eventName, spanId }, index) => {
                  const severity = severities.find(({ from }) => severityNumber >= from);
                  const word = severity?.word ?? cleanText(severityText);
                  return (
                    <tr key={index}>
                      <td title={dateTime(timeMs, zone.value)}>{clockTime(timeMs, zone.value)}</td>
                      <td>
                        {severity?.status === undefined ? (
                          <span class={severityNumber < infoFrom ? "dim" : undefined}>{word}</span>
                        ) : (
                          <StatusWord status={severity.status} word={word} />
                        )}
                      </td>
                      <td class="clip">{cleanText(service)}</td>
                      <td class="wrap">
                        {cleanText(typeof body === "string" ? body : JSON.stringify(body ?? eventName), 2000)}{" "}
                        {spanId === "" ? null : <a href={pageHref("/traces", { trace: traceId, span: spanId })}>its span</a>}
                      </td>
                    </tr>
                  );
                })}
            </tbody>
          </table>
        </div>
      )}
      {list === null ? null : (
        <p class="table-facts">
          {list.next === null ? "" : `The newest ${recordsMax}. `}
          <a href={pageHref("/logs", { trace: traceId })}>On the page of log records</a>
        </p>
      )}
    </>
  );
}
