/**
 * The sentences of checks: `{{label}}`, `{{$value}}`, `{{$since}}`, `{{detail.label}}` and `{{detail.$value}}` filled in, and clauses
 * in `[…]` left out when something in them has no value.
 */
import type { CheckDeclaration } from "../core/check.ts";
import type { Labels } from "../core/labels.ts";

/** What a sentence can name. Outside of a clause, a name that is not there is written as `?`, so that a wrong template is seen. */
export interface MessageFacts {
  readonly labels: Labels;
  readonly value: number;
  readonly sinceMs: number;
  readonly details: Readonly<Record<string, { readonly labels: Labels; readonly value: number } | null>>;
}

export function fillMessage(template: string, facts: MessageFacts, unit: CheckDeclaration["unit"]): string {
  // One pass: what is filled in comes from the machine and may itself look like a placeholder or a clause.
  return template.replaceAll(/\[([^[\]]*)\]|\{\{([^{}]+)\}\}/g, (_, clause: string | undefined, name: string) => {
    if (clause === undefined) return factOf(name, facts, unit) ?? "?";
    let complete = true;
    const text = clause.replaceAll(placeholder, (__, inner: string) => {
      const fact = factOf(inner, facts, unit);
      // An empty label says that there is no such thing: a process outside of any container.
      if (fact === null || fact === "") complete = false;
      return fact ?? "";
    });
    return complete ? text : "";
  });
}

const placeholder = /\{\{([^{}]+)\}\}/g;

function factOf(name: string, facts: MessageFacts, unit: CheckDeclaration["unit"]): string | null {
  if (name === "$value") return formatValue(facts.value, unit);
  if (name === "$since") return `${new Date(facts.sinceMs).toISOString().slice(0, 19)}Z`;
  const dot = name.indexOf(".");
  if (dot < 0) return facts.labels[name] ?? null;
  const detail = facts.details[name.slice(0, dot)] ?? null;
  if (detail === null) return null;
  const field = name.slice(dot + 1);
  return field === "$value" ? formatNumber(detail.value) : (detail.labels[field] ?? null);
}

/** How long a limit must be passed, for a sentence: `90 s`, `5 min`. */
export function formatWait(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${formatNumber(ms / 1000)} s`;
}

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A value for a sentence: at most three significant digits. */
export function formatValue(value: number, unit: CheckDeclaration["unit"]): string {
  switch (unit) {
    case "ratio":
      return `${formatNumber(value * 100)} %`;
    case "bytes": {
      const power = value >= 1 ? Math.min(byteUnits.length - 1, Math.floor(Math.log2(value) / 10)) : 0;
      return `${formatNumber(value / 1024 ** power)} ${byteUnits[power]}`;
    }
    case "seconds":
      return value < 1 ? `${formatNumber(value * 1000)} ms` : `${formatNumber(value)} s`;
    case "celsius":
      return `${formatNumber(value)} °C`;
    case "count/s":
      return `${formatNumber(value)}/s`;
    case "count":
      return formatNumber(value);
  }
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
