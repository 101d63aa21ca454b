/** Every alerting and recording rule with its state, the worst first. The rules are built in or come from the operator's files. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { errorText, getJson } from "../../data/http.ts";
import { countStates, filterGroups, ruleStates, type RuleFilter, type RuleGroup } from "../../data/rules.ts";
import { RuleGroupSection } from "./rule-group.tsx";
import { stateWords } from "./state-word.tsx";

const refreshMs = 5000;

export function AlertsPage(): JSX.Element {
  const groups = useSignal<readonly RuleGroup[] | null>(null);
  const error = useSignal("");
  const filter = useSignal<RuleFilter>({ text: "", state: "all" });
  useEffect(() => {
    const abort = new AbortController();
    const load = (): void => {
      getJson<{ readonly data: { readonly groups: readonly RuleGroup[] } }>("/api/v1/rules", abort.signal).then(
        ({ data }) => {
          groups.value = data.groups;
          error.value = "";
        },
        (failure: unknown) => {
          if (!abort.signal.aborted) error.value = errorText(failure);
        },
      );
    };
    load();
    const timer = setInterval(() => document.visibilityState === "visible" && load(), refreshMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, []);
  return (
    <>
      <div class="page-head">
        <h1>Alerts</h1>
        {groups.value === null ? null : <Counts groups={groups.value} />}
      </div>
      {error.value === "" ? null : (
        <p class="error-text" role="alert">
          The rules could not be loaded. {error.value}
        </p>
      )}
      {groups.value === null && error.value === "" ? (
        <p class="dim" aria-busy="true">
          Rules are loading …
        </p>
      ) : null}
      {groups.value === null ? null : groups.value.length === 0 ? (
        <NoRules />
      ) : (
        <Groups groups={groups.value} filter={filter} />
      )}
    </>
  );
}

function Counts({ groups }: { readonly groups: readonly RuleGroup[] }): JSX.Element {
  const counts = countStates(groups);
  return (
    <p class="page-facts" role="status">
      {ruleStates
        .filter((state) => state === "firing" || (counts.get(state) ?? 0) > 0)
        .map((state) => (
          <span key={state}>
            {counts.get(state)} {stateWords[state].toLowerCase()}
          </span>
        ))}
    </p>
  );
}

interface GroupsProps {
  readonly groups: readonly RuleGroup[];
  readonly filter: Signal<RuleFilter>;
}

function Groups({ groups, filter }: GroupsProps): JSX.Element {
  const shown = filterGroups(groups, filter.value);
  return (
    <>
      <div class="table-tools">
        <label>
          <span class="visually-hidden">Filter rules</span>
          <input
            class="input"
            type="search"
            placeholder="Filter by name, label …"
            data-search
            value={filter.value.text}
            onInput={(event) => (filter.value = { ...filter.value, text: event.currentTarget.value })}
          />
        </label>
        <label>
          State
          <select
            class="select"
            value={filter.value.state}
            onChange={(event) => {
              const state = ruleStates.find((one) => one === event.currentTarget.value) ?? "all";
              filter.value = { ...filter.value, state };
            }}
          >
            <option value="all">All</option>
            {ruleStates.map((state) => (
              <option key={state} value={state}>
                {stateWords[state]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {shown.length === 0 ? <p class="series-note">No rule matches the filter.</p> : null}
      {shown.map((group) => (
        <RuleGroupSection key={`${group.file} ${group.name}`} group={group} />
      ))}
    </>
  );
}

function NoRules(): JSX.Element {
  return (
    <div class="notice-inline">
      <p>No rules are loaded, so nothing can alert.</p>
      <p class="dim">
        Name Prometheus rule files in the configuration, under <code>performance_monitoring: alerts: rule_files:</code>, and
        check them with <code>chainpulse rules check FILE</code>.
      </p>
    </div>
  );
}
