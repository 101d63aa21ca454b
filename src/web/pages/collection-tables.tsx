/** What collection could not read, and how each collector does. */
import type { JSX } from "preact";
import { absenceReasons } from "../../core/absence.ts";
import type { CheckStatus } from "../../core/check.ts";
import type { CollectorStatus, ServerStatus } from "../data/contract.ts";
import { serverNow } from "../data/server.ts";
import { quantityText } from "../format/quantity.ts";
import { agoText } from "../format/time.ts";
import { StatusWord } from "../parts/status-word.tsx";

export function AbsenceTable({ server }: { readonly server: ServerStatus }): JSX.Element {
  const { absences } = server.collect;
  if (absences.length === 0) return <p class="dim">Everything that ChainPulse knows how to read could be read.</p>;
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="What could not be read">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Why</th>
            <th scope="col">What to do</th>
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
              <td class="wrap">{absence.fix ?? <span class="dim">Nothing can be done.</span>}</td>
              <td class="number" title={absence.metrics.join("\n")}>
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
      <table class="table">
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
              <td class="number">{collector.lastRunMs === null ? "–" : agoText(collector.lastRunMs, serverNow())}</td>
              <td class="number">{quantityText(collector.lastDurationSeconds, "seconds")}</td>
              <td class="number">{collector.series}</td>
              <td class="wrap">{collector.error ?? ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
