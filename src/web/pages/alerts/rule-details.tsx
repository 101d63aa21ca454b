/** A rule in full: its expression, what it adds, and its alerts. Everything here is text that others wrote, and stays text. */
import type { JSX } from "preact";
import type { Labels } from "../../../core/labels.ts";
import { zone } from "../../data/server.ts";
import { safeLink, timeOf, type ActiveAlert, type Rule } from "../../data/rules.ts";
import { formatNumber, quantityText } from "../../format/quantity.ts";
import { agoText, dateTime, spanText } from "../../format/time.ts";
import { pageNow } from "../../parts/page-now.ts";
import { pageHref } from "../../state/router.ts";
import { StateWord } from "./state-word.tsx";

export function RuleDetails({ rule }: { readonly rule: Rule }): JSX.Element {
  const evaluatedMs = timeOf(rule.lastEvaluation);
  return (
    <div class="rule-details">
      <p class="rule-query">
        <code>{rule.query}</code> <a href={pageHref("/explore", { expr: rule.query })}>Open in Explore</a>
      </p>
      <dl class="facts">
        {rule.type === "alerting" ? (
          <>
            <dt>Fires after</dt>
            <dd>
              {rule.duration === 0 ? "the first match" : spanText(rule.duration * 1000)}
              {(rule.keepFiringFor ?? 0) > 0
                ? `, and for ${spanText((rule.keepFiringFor ?? 0) * 1000)} after the last one`
                : ""}
            </dd>
          </>
        ) : null}
        <dt>Evaluated</dt>
        <dd>
          {evaluatedMs === null
            ? "not yet"
            : `${agoText(evaluatedMs, pageNow())} in ${quantityText(rule.evaluationTime, "seconds")}`}
        </dd>
        {rule.lastError === undefined || rule.lastError === "" ? null : (
          <>
            <dt>Error</dt>
            <dd class="error-text">{rule.lastError}</dd>
          </>
        )}
        <Pairs title="Labels" pairs={rule.labels} />
        {rule.type === "alerting" ? <Pairs title="Annotations" pairs={rule.annotations} /> : null}
      </dl>
      {rule.type === "alerting" && rule.alerts.length > 0 ? <Alerts alerts={rule.alerts} /> : null}
    </div>
  );
}

function Pairs({ title, pairs = {} }: { readonly title: string; readonly pairs?: Labels | undefined }): JSX.Element {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return <></>;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {entries.map(([name, value]) => (
          <p key={name}>
            <span class="dim">{name}:</span> <Text value={value} />
          </p>
        ))}
      </dd>
    </>
  );
}

/** An address of the web can be followed; it learns nothing of this page. */
function Text({ value }: { readonly value: string }): JSX.Element {
  const href = safeLink(value);
  if (href === null) return <>{value}</>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {value}
    </a>
  );
}

function Alerts({ alerts }: { readonly alerts: readonly ActiveAlert[] }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Alerts">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Labels</th>
            <th scope="col">Since</th>
            <th scope="col" class="number">
              Value
            </th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <tr key={JSON.stringify(alert.labels)}>
              <td>
                <StateWord state={alert.state} />
              </td>
              <td class="wrap">
                <LabelList labels={alert.labels} />
              </td>
              <Since activeAt={alert.activeAt} />
              <td class="number" data-label="Value" title={alert.value}>
                {valueText(alert.value)}
              </td>
              <td class="wrap">
                {Object.entries(alert.annotations).map(([name, value]) => (
                  <p key={name}>
                    <span class="dim">{name}:</span> <Text value={value} />
                  </p>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The alert's own name is in the line above. */
function LabelList({ labels }: { readonly labels: Labels }): JSX.Element {
  return (
    <>
      {Object.entries(labels)
        .filter(([name]) => name !== "alertname")
        .map(([name, value]) => (
          <span key={name} class="tag mono">
            {name}={value}
          </span>
        ))}
    </>
  );
}

function Since({ activeAt }: { readonly activeAt: string }): JSX.Element {
  const ms = timeOf(activeAt);
  if (ms === null) return <td>–</td>;
  return (
    <td data-label="Since" title={dateTime(ms, zone.value)}>
      {agoText(ms, pageNow())}
    </td>
  );
}

/** `1e+00` as a number that people read. */
function valueText(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) ? formatNumber(value) : text;
}
