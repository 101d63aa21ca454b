/** What is wrong, first: every check that is not ok with its sentence and what to do; one calm line when there is none. */
import type { JSX } from "preact";
import type { CheckResult } from "../../core/check.ts";
import { firingCount } from "../data/alerts.ts";
import { checksError, isLocal, zone } from "../data/server.ts";
import { localInstants, spanText } from "../format/time.ts";
import { pageHref, path } from "../state/router.ts";
import { pageNow } from "./page-now.ts";
import { StatusWord } from "./status-word.tsx";

export function ProblemList({ checks }: { readonly checks: readonly CheckResult[] | null }): JSX.Element {
  if (checksError.value !== null)
    return (
      <p class="error-text" role="alert">
        The checks could not be loaded. {checksError.value}
      </p>
    );
  if (checks === null)
    return (
      <p class="dim" aria-busy="true">
        Checks are loading …
      </p>
    );
  const problems = checks.filter((check) => check.status === "warning" || check.status === "critical");
  const unknown = checks.filter((check) => check.status === "unknown").length;
  const passed = checks.length - problems.length - unknown;
  return (
    <>
      {problems.length === 0 ? null : (
        <ul class="problems">
          {problems.map((check) => (
            <Problem key={check.id} check={check} />
          ))}
        </ul>
      )}
      <p class="all-ok">
        {problems.length === 0 && checks.length > 0 ? <StatusWord status={passed > 0 ? "ok" : "unknown"} /> : null}
        <span>{summary(passed, checks.length, problems.length)}</span>
        {unknown > 0 ? <span class="dim">{unknown} cannot be judged on this machine.</span> : null}
        {(firingCount.value ?? 0) > 0 ? (
          <a class="error-text" href={pageHref("/alerts")}>
            {alertsText(firingCount.value ?? 0)}
          </a>
        ) : null}
        {path.value === "/health" ? null : <a href={pageHref("/health")}>All checks</a>}
      </p>
    </>
  );
}

function alertsText(firing: number): string {
  return firing === 1 ? "1 alert is firing" : `${firing} alerts are firing`;
}

function summary(passed: number, all: number, problems: number): string {
  if (all === 0) return isLocal.value ? "No check has run yet." : "No alert fires for this node; its checks run on itself.";
  if (problems > 0) return `${passed} other checks are ok.`;
  return passed === all ? `All ${all} checks are ok.` : `${passed} of ${all} checks are ok, none has failed.`;
}

function Problem({ check }: { readonly check: CheckResult }): JSX.Element {
  return (
    <li class="problem">
      <StatusWord status={check.status} />
      <span>{localInstants(check.message, zone.value)}</span>
      <span class="problem-since">for {spanText(pageNow() - check.sinceMs)}</span>
      {check.action === null ? null : <span class="problem-action">{check.action}</span>}
    </li>
  );
}
