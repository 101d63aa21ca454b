/** What collection could not read, and how each collector does. */
import type { JSX } from "preact";
import { absenceReasons, type ReportedAbsence } from "../../core/absence.ts";
import type { CheckStatus } from "../../core/check.ts";
import type { CollectorStatus, ServerStatus } from "../data/contract.ts";
import { quantityText } from "../format/quantity.ts";
import { agoText } from "../format/time.ts";
import { pageNow } from "../parts/page-now.ts";
import { StatusWord } from "../parts/status-word.tsx";

/** What a human can change stands first; what the machine simply does not have is one line that opens. */
export function AbsenceSection({ server }: { readonly server: ServerStatus }): JSX.Element {
  const { absences } = server.collect;
  if (absences.length === 0) return <p class="dim">Everything that ChainPulse knows how to read could be read.</p>;
  const fixable = absences.filter((absence) => absence.fix !== undefined);
  const rest = absences.filter((absence) => absence.fix === undefined);
  return (
    <>
      {fixable.length === 0 ? null : <AbsenceTable title="What you can change" absences={fixable} />}
      {rest.length === 0 ? null : (
        <details class="absent-panels">
          <summary>
            {rest.length} {rest.length === 1 ? "source is" : "sources are"} not here, and nothing needs to be done
          </summary>
          <AbsenceTable title="What is not here" absences={rest} />
        </details>
      )}
    </>
  );
}

interface AbsenceProps {
  readonly title: string;
  readonly absences: readonly ReportedAbsence[];
}

function AbsenceTable({ title, absences }: AbsenceProps): JSX.Element {
  const fixable = absences.some((absence) => absence.fix !== undefined);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Why</th>
            {fixable ? <th scope="col">What to do</th> : null}
            <th scope="col" class="number">
              Metrics
            </th>
          </tr>
        </thead>
        <tbody>
          {absences.map((absence) => (
            <tr key={`${absence.collector} ${absence.source}`}>
              <th scope="row" class="clip" title={absence.source}>
                {absence.collector}
                <div class="dim">{absence.source}</div>
              </th>
              <td class="wrap">
                {absenceReasons[absence.reason]}
                <div class="mono dim">{absence.detail}</div>
              </td>
              {fixable ? <td class="wrap">{absence.fix}</td> : null}
              <td class="number" data-label="Metrics without it" title={absence.metrics.join("\n")}>
                {absence.metrics.length}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const stateWords: Readonly<Record<CollectorStatus["state"], { readonly word: string; readonly status: CheckStatus }>> = {
  ok: { word: "Works", status: "ok" },
  failing: { word: "Failing", status: "warning" },
  open: { word: "Suspended after failures", status: "critical" },
  idle: { word: "Has not run yet", status: "unknown" },
  unsupported: { word: "Not on this platform", status: "unknown" },
};

export function CollectorTable({ collectors }: { readonly collectors: readonly CollectorStatus[] }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Collectors">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Collector</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Last run
            </th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Series
            </th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {collectors.map((collector) => (
            <tr key={collector.id}>
              <th scope="row">
                {collector.title} <span class="dim mono">{collector.id}</span>
              </th>
              <td>
                <StatusWord {...stateWords[collector.state]} />
              </td>
              <td class="number" data-label="Last run">
                {collector.lastRunMs === null ? "–" : agoText(collector.lastRunMs, pageNow())}
              </td>
              <td class="number" data-label="Took">
                {quantityText(collector.lastDurationSeconds, "seconds")}
              </td>
              <td class="number" data-label="Series">
                {collector.series}
              </td>
              <td class="wrap">{collector.error ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
