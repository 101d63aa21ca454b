/** The sentences of checks: `{{label}}`, `{{$value}}`, `{{$since}}`, `{{detail.label}}` and `{{detail.$value}}` filled in. */
import type { CheckDeclaration } from "../core/check.ts";
import type { Labels } from "../core/labels.ts";

/** What a sentence can name. A name that is not there is written as `?`, so that a wrong template is seen. */
export interface MessageFacts {
  readonly labels: Labels;
  readonly value: number;
  readonly sinceMs: number;
  readonly details: Readonly<Record<string, { readonly labels: Labels; readonly value: number } | null>>;
}

export function fillMessage(template: string, facts: MessageFacts, unit: CheckDeclaration["unit"]): string {
  return template.replaceAll(/\{\{([^{}]+)\}\}/g, (_, name: string) => {
    if (name === "$value") return formatValue(facts.value, unit);
    if (name === "$since") return new Date(facts.sinceMs).toISOString().replace(".000Z", "Z");
    const dot = name.indexOf(".");
    if (dot < 0) return facts.labels[name] ?? "?";
    const detail = facts.details[name.slice(0, dot)];
    if (detail === null || detail === undefined) return "?";
    const field = name.slice(dot + 1);
    return field === "$value" ? formatNumber(detail.value) : (detail.labels[field] ?? "?");
  });
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
