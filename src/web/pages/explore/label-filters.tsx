/** Narrows a metric to some of its labels' values, read from the series that exist. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { MetricDescription } from "../../data/contract.ts";
import { errorText, getJson } from "../../data/http.ts";
import { shownNode } from "../../data/server.ts";
import type { LabelFilter } from "./build-query.ts";

interface Props {
  readonly metric: MetricDescription;
  readonly filters: readonly LabelFilter[];
  readonly change: (filters: readonly LabelFilter[]) => void;
}

export function LabelFilters({ metric, filters, change }: Props): JSX.Element {
  if (metric.labels.length === 0) return <></>;
  return (
    <div class="inline-form">
      {metric.labels.map((label) => (
        <LabelSelect key={label} metric={metric} label={label} add={(value) => change([...filters, { label, value }])} />
      ))}
      {filters.map((filter) => (
        <button
          key={`${filter.label} ${filter.value}`}
          type="button"
          class="button"
          aria-label={`Remove ${filter.label} ${filter.value}`}
          onClick={() => change(filters.filter((one) => one !== filter))}
        >
          {filter.label}={filter.value} ×
        </button>
      ))}
    </div>
  );
}

interface SelectProps {
  readonly metric: MetricDescription;
  readonly label: string;
  readonly add: (value: string) => void;
}

function LabelSelect({ metric, label, add }: SelectProps): JSX.Element {
  const values = useSignal<readonly string[]>([]);
  const error = useSignal("");
  useEffect(() => {
    const selector = `${metric.prometheusName}{node=${JSON.stringify(shownNode.value)}}`;
    const query = new URLSearchParams({ "match[]": selector });
    getJson<{ readonly data: readonly string[] }>(`/api/v1/label/${encodeURIComponent(label)}/values?${query.toString()}`).then(
      (answer) => (values.value = answer.data),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, [metric.prometheusName, label]);
  return (
    <label class="field">
      {label}
      <select
        class="select"
        value=""
        disabled={values.value.length === 0}
        onChange={(event) => event.currentTarget.value !== "" && add(event.currentTarget.value)}
      >
        <option value="">{error.value === "" ? `all ${values.value.length}` : error.value}</option>
        {values.value.map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}
