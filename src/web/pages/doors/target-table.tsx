/** One page of targets; a row opens to what was discovered and what the last scrape brought. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { zone } from "../../data/server.ts";
import { healthWords, type Target } from "../../data/targets.ts";
import { quantityText } from "../../format/quantity.ts";
import { agoText, dateTime } from "../../format/time.ts";
import { LabelTags } from "../../parts/label-tags.tsx";
import { pageNow } from "../../parts/page-now.ts";
import { StatusWord } from "../../parts/status-word.tsx";

export function TargetTable({ targets }: { readonly targets: readonly Target[] }): JSX.Element {
  const opened = useSignal<string | null>(null);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Targets">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Target</th>
            <th scope="col">State</th>
            <th scope="col">Labels</th>
            <th scope="col" class="number">
              Last scrape
            </th>
            <th scope="col" class="number">
              Took
            </th>
            <th scope="col" class="number">
              Samples
            </th>
            <th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {targets.map((target) => {
            const key = keyOf(target);
            const isOpen = opened.value === key;
            return [
              <Row key={key} target={target} isOpen={isOpen} toggle={() => (opened.value = isOpen ? null : key)} />,
              isOpen ? (
                <tr key={`${key} details`}>
                  <td colSpan={7} class="row-details">
                    <Details target={target} />
                  </td>
                </tr>
              ) : null,
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly target: Target;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function Row({ target, isOpen, toggle }: RowProps): JSX.Element {
  const { pool, url, health, labels, lastScrapeMs, lastDurationSeconds, samplesKept, lastError } = target;
  const { job: _, ...others } = labels;
  return (
    <tr>
      <th scope="row">
        <button type="button" class="link-button target-url" aria-expanded={isOpen} onClick={toggle}>
          {url}
        </button>
        <div class="dim">{pool}</div>
      </th>
      <td>
        <StatusWord {...healthWords[health]} />
      </td>
      <td class="wrap">
        <LabelTags labels={others} max={6} />
      </td>
      <td class="number" data-label="Last scrape" title={lastScrapeMs === null ? "" : dateTime(lastScrapeMs, zone.value)}>
        {lastScrapeMs === null ? "–" : agoText(lastScrapeMs, pageNow())}
      </td>
      <td class="number" data-label="Took">
        {lastScrapeMs === null ? "–" : quantityText(lastDurationSeconds, "seconds")}
      </td>
      <td class="number" data-label="Samples">
        {samplesKept}
      </td>
      <td class="wrap">
        {lastError === "" ? "" : <span class={health === "up" ? undefined : "error-text"}>{lastError}</span>}
      </td>
    </tr>
  );
}

function Details({ target }: { readonly target: Target }): JSX.Element {
  const { intervalMs, timeoutMs, format, bodyBytes, samplesScraped, samplesKept, seriesAdded, seriesRefused } = target;
  return (
    <dl class="facts">
      <dt>Discovered</dt>
      <dd>
        <LabelTags labels={target.discoveredLabels} />
      </dd>
      <dt>Becomes</dt>
      <dd>
        <LabelTags labels={target.labels} />
      </dd>
      <dt>Asked</dt>
      <dd>
        every {quantityText(intervalMs / 1000, "seconds")}, given up after {quantityText(timeoutMs / 1000, "seconds")}
      </dd>
      <dt>Last answer</dt>
      <dd>
        {quantityText(bodyBytes, "bytes")}
        {format === "" ? "" : ` as ${format}`}: {samplesScraped} samples, of which {samplesKept} were kept; {seriesAdded} new
        series
        {seriesRefused === 0 ? "" : `; ${seriesRefused} series found no room`}
      </dd>
      <dt>Page</dt>
      <dd>
        <a href={target.url} target="_blank" rel="noreferrer noopener">
          {target.url}
        </a>
      </dd>
    </dl>
  );
}

function keyOf({ pool, url, labels }: Target): string {
  return JSON.stringify([pool, url, labels]);
}
