/** All declared metrics, searched by name or meaning. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { MetricDescription } from "../../data/contract.ts";

/** A name that may break after its underscores, where a reader would. */
function breakable(name: string): JSX.Element[] {
  return name.split(/(?<=_)/).map((part, index) => (
    <span key={index}>
      {part}
      <wbr />
    </span>
  ));
}

interface ListProps {
  readonly metrics: readonly MetricDescription[] | null;
  readonly chosen: MetricDescription | undefined;
  readonly choose: (metric: MetricDescription) => void;
}

export function MetricList({ metrics, chosen, choose }: ListProps): JSX.Element {
  const search = useSignal("");
  if (metrics === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  const words = search.value.toLowerCase().split(/\s+/);
  const found = metrics.filter((metric) =>
    words.every((word) => `${metric.name} ${metric.prometheusName} ${metric.help}`.toLowerCase().includes(word)),
  );
  return (
    <>
      <label class="field">
        {found.length} of {metrics.length} metrics
        <input
          class="input"
          type="search"
          placeholder="Search by name or meaning"
          data-search
          value={search.value}
          onInput={(event) => (search.value = event.currentTarget.value)}
        />
      </label>
      <ul class="metric-list" tabIndex={0} aria-label="Metrics found">
        {found.map((metric) => (
          <li key={metric.name}>
            <button type="button" aria-pressed={metric === chosen} onClick={() => choose(metric)}>
              <span>{metric.name}</span>
              <small class="mono">{breakable(metric.prometheusName)}</small>
              <small>{metric.help}</small>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="dim">Nothing matches “{search.value}”.</p> : null}
    </>
  );
}
