/** One group of rules: how its last evaluation went, and its rules, each of which opens. */
import type { JSX } from "preact";
import { stateOf, timeOf, type Rule, type RuleGroup } from "../../data/rules.ts";
import { quantityText } from "../../format/quantity.ts";
import { agoText, spanText } from "../../format/time.ts";
import { pageNow } from "../../parts/page-now.ts";
import { RuleDetails } from "./rule-details.tsx";
import { StateWord } from "./state-word.tsx";

export function RuleGroupSection({ group }: { readonly group: RuleGroup }): JSX.Element {
  const evaluatedMs = timeOf(group.lastEvaluation);
  return (
    <section class="section" aria-label={group.name}>
      <div class="section-head">
        <h2>{group.name}</h2>
        <p>
          {group.file} · every {spanText(group.interval * 1000)} ·{" "}
          {evaluatedMs === null
            ? "not evaluated yet"
            : `evaluated ${agoText(evaluatedMs, pageNow())} in ${quantityText(group.evaluationTime, "seconds")}`}
        </p>
      </div>
      <ul class="rules">
        {group.rules.map((rule, index) => (
          <li key={`${rule.name} ${index}`}>
            <details class="rule">
              <summary>
                <StateWord state={stateOf(rule)} />
                <span class="rule-name">{rule.name}</span>
                <Summary rule={rule} />
              </summary>
              <RuleDetails rule={rule} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What one wants to know of a closed line: the mistake, or how many alerts and since when; of a quiet one, what it looks at. */
function Summary({ rule }: { readonly rule: Rule }): JSX.Element {
  if (rule.health === "err") return <span class="rule-summary error-text">{rule.lastError}</span>;
  if (rule.type === "recording" || rule.alerts.length === 0) return <code class="rule-summary dim">{rule.query}</code>;
  const oldestMs = Math.min(...rule.alerts.map((alert) => timeOf(alert.activeAt) ?? Number.POSITIVE_INFINITY));
  const count = rule.alerts.length === 1 ? "1 alert" : `${rule.alerts.length} alerts`;
  return (
    <span class="rule-summary">{Number.isFinite(oldestMs) ? `${count}, for ${spanText(pageNow() - oldestMs)}` : count}</span>
  );
}
