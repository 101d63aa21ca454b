/** All checks with their history, the findings, and the events that are drawn on the charts. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { CheckResult, CheckStatus } from "../../core/check.ts";
import type { Finding } from "../../core/finding.ts";
import { errorText, getJson } from "../data/http.ts";
import { checks, loadChecks, nodeUrl, shownNode, zone } from "../data/server.ts";
import { formatNumber } from "../format/quantity.ts";
import { agoText, dateTime, localInstants } from "../format/time.ts";
import { pageNow } from "../parts/page-now.ts";
import { ProblemList } from "../parts/problem-list.tsx";
import { StatusWord } from "../parts/status-word.tsx";
import { AnnotationSection } from "./annotation-section.tsx";

export function HealthPage(): JSX.Element {
  useEffect(() => void loadChecks(), []);
  return (
    <>
      <div class="page-head">
        <h1>Health</h1>
      </div>
      <ProblemList checks={checks.value} />
      <section class="section" aria-labelledby="checks-title">
        <div class="section-head">
          <h2 id="checks-title">Checks</h2>
        </div>
        <CheckTable results={(checks.value ?? []).toSorted((a, b) => ranks[a.status] - ranks[b.status])} />
      </section>
      <FindingSection />
      <AnnotationSection />
    </>
  );
}

/** What needs a human first; what cannot be judged here last. */
const ranks: Readonly<Record<CheckStatus, number>> = { critical: 0, warning: 1, ok: 2, unknown: 3 };

function CheckTable({ results }: { readonly results: readonly CheckResult[] }): JSX.Element {
  const open = useSignal<string | null>(null);
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Checks">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Check</th>
            <th scope="col">What it says</th>
            <th scope="col">Since</th>
            <th scope="col">History</th>
          </tr>
        </thead>
        <tbody>
          {results.map((check, index) => [
            // Of a rule that fires for several instances each has the same id.
            <tr key={`${check.id} ${index}`}>
              <td>
                <StatusWord status={check.status} />
              </td>
              <th scope="row">{check.title}</th>
              <td class="wrap">
                {localInstants(check.message, zone.value)}
                {check.action === null || check.status === "ok" ? null : <div class="dim">{check.action}</div>}
              </td>
              <td data-label="Since" title={dateTime(check.sinceMs, zone.value)}>
                {agoText(check.sinceMs, pageNow())}
              </td>
              <td data-label="History">
                <button
                  type="button"
                  class="button"
                  aria-expanded={open.value === check.id}
                  onClick={() => (open.value = open.value === check.id ? null : check.id)}
                >
                  {open.value === check.id ? "Hide" : "Show"}
                  <span class="visually-hidden"> history of {check.title}</span>
                </button>
              </td>
            </tr>,
            open.value === check.id ? (
              <tr key={`${check.id} ${index} history`}>
                <td colSpan={5}>
                  <CheckHistory id={check.id} />
                </td>
              </tr>
            ) : null,
          ])}
        </tbody>
      </table>
      {results.length === 0 ? <p class="series-note">No check has run yet.</p> : null}
    </div>
  );
}

function CheckHistory({ id }: { readonly id: string }): JSX.Element {
  const changes = useSignal<readonly CheckResult[] | null>(null);
  const error = useSignal("");
  useEffect(() => {
    const query = new URLSearchParams({ check: id, limit: "50" });
    getJson<{ readonly changes: readonly CheckResult[] }>(nodeUrl(`/health/history?${query.toString()}`)).then(
      (answer) => (changes.value = answer.changes),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, [id]);
  if (error.value !== "") return <p class="error-text">{error.value}</p>;
  if (changes.value === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  if (changes.value.length === 0) return <p class="dim">Its status has never changed.</p>;
  return (
    <ul class="history">
      {changes.value.map((change) => (
        <li key={change.timestampMs}>
          <span class="dim">{dateTime(change.timestampMs, zone.value)}</span>
          <StatusWord status={change.status} />
          <span>{localInstants(change.message, zone.value)}</span>
        </li>
      ))}
    </ul>
  );
}

function FindingSection(): JSX.Element {
  const findings = useSignal<readonly Finding[] | null>(null);
  const error = useSignal("");
  // A check that changes makes or ends a finding; its words change much more often.
  const judged = (checks.value ?? []).map(({ id, status }) => `${id} ${status}`).join("\n");
  useEffect(() => {
    let isCurrent = true;
    getJson<{ readonly findings: readonly Finding[] }>(nodeUrl("/findings")).then(
      (answer) => {
        if (!isCurrent) return;
        findings.value = answer.findings;
        error.value = "";
      },
      (failure: unknown) => {
        if (isCurrent) error.value = errorText(failure);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [shownNode.value, judged]);
  return (
    <section class="section" aria-labelledby="findings-title">
      <div class="section-head">
        <h2 id="findings-title">Findings</h2>
      </div>
      {error.value === "" ? null : <p class="error-text">{error.value}</p>}
      {findings.value?.length === 0 ? <p class="dim">Nothing has been found.</p> : null}
      <ul class="problems" hidden={(findings.value ?? []).length === 0}>
        {(findings.value ?? []).map((finding) => (
          <FindingItem key={`${finding.id} ${finding.startMs}`} finding={finding} />
        ))}
      </ul>
    </section>
  );
}

function FindingItem({ finding }: { readonly finding: Finding }): JSX.Element {
  const end = finding.endMs === null ? "still so" : `until ${dateTime(finding.endMs, zone.value)}`;
  return (
    <li class="problem">
      <StatusWord status={finding.severity === "info" ? "ok" : finding.severity} />
      <span>{localInstants(finding.sentence, zone.value)}</span>
      <span class="problem-since">
        {dateTime(finding.startMs, zone.value)}, {end}
      </span>
      {finding.action === null ? null : <span class="problem-action">{finding.action}</span>}
      {finding.evidence.map((evidence) => (
        <code key={evidence.expr} class="problem-action">
          {evidence.expr} = {evidence.value === null ? "no value" : formatNumber(evidence.value)}
        </code>
      ))}
    </li>
  );
}
