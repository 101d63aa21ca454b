/**
 * The newest samples as text for scrapers: Prometheus text 0.0.4, or OpenMetrics 1.0.
 * Sources: prometheus/docs exposition_formats.md; OpenMetrics 1.0 specification, "Text Format".
 */
import type { Domain } from "../../core/domain.ts";
import { metricNameLabel } from "../../core/labels.ts";
import type { Metric } from "../../core/metric.ts";
import { unitWord } from "../../core/naming.ts";
import { alertSeriesHelp } from "../../core/rule.ts";
import type { VectorSample } from "../../query/api.ts";

/** The two texts that scrapers read. */
export type ExpositionFormat = "text" | "openmetrics";

export const expositionContentTypes = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const satisfies Record<ExpositionFormat, string>;

/** The format that the `Accept` header weighs higher; text where it says nothing of either. */
export function chooseFormat(accept: string): ExpositionFormat {
  const weightOf = (type: string): number => {
    const part = accept.split(",").find((range) => range.trim().toLowerCase().split(";")[0]?.trim() === type);
    return part === undefined ? 0 : Number(/;\s*q=([\d.]+)/.exec(part)?.[1] ?? 1);
  };
  const openmetrics = weightOf("application/openmetrics-text");
  return openmetrics > 0 && openmetrics >= weightOf("text/plain") ? "openmetrics" : "text";
}

/**
 * Families in the order of their names, each contiguous. Without timestamps, because a scraper's own keep staleness working; with them
 * where samples of any age are handed on.
 */
export function writeExposition(
  samples: readonly VectorSample[],
  domains: readonly Domain[],
  format: ExpositionFormat,
  { withTimes = false }: { readonly withTimes?: boolean } = {},
): string {
  const declared = new Map(
    domains.flatMap((domain) => Object.values<Metric>(domain.metrics)).map((metric) => [metric.prometheusName, metric]),
  );
  const families = Map.groupBy(samples, ({ labels }) => labels[metricNameLabel] ?? "");
  const lines: string[] = [];
  for (const [name, members] of [...families].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(...familyHead(name, declared.get(name), format));
    for (const sample of members) lines.push(sampleLine(name, sample) + (withTimes ? ` ${sample.timestampMs}` : ""));
  }
  if (format === "openmetrics") lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function familyHead(name: string, metric: Metric | undefined, format: ExpositionFormat): readonly string[] {
  const openmetrics = format === "openmetrics";
  if (metric === undefined) {
    const type = `# TYPE ${nameText(name)} ${openmetrics ? "unknown" : "untyped"}`;
    const help = alertSeriesHelp.get(name);
    return help === undefined ? [type] : [`# HELP ${name} ${help}`, type];
  }
  const counter = metric.kind === "counter";
  // OpenMetrics names the family without the suffix that its samples have.
  const family = openmetrics && counter ? name.replace(/_total$/, "") : name;
  const help = openmetrics ? escapeQuoted(metric.help) : escapeHelp(metric.help);
  const head = [`# HELP ${family} ${help}`, `# TYPE ${family} ${counter ? "counter" : "gauge"}`];
  const unit = unitWord(metric.unit);
  // "If non-empty, it MUST be a suffix of the MetricFamily name separated by an underscore."
  if (openmetrics && unit !== "" && family.endsWith(`_${unit}`)) head.push(`# UNIT ${family} ${unit}`);
  return head;
}

function sampleLine(name: string, { labels, value }: VectorSample): string {
  const pairs = Object.entries(labels)
    .filter(([label]) => label !== metricNameLabel)
    .map(([label, text]) => `${nameText(label)}="${escapeQuoted(text)}"`);
  // A name that needs quotes stands among the labels.
  const inner = (plainName.test(name) ? pairs : [nameText(name), ...pairs]).join(",");
  const head = plainName.test(name) ? name : "";
  return `${head}${inner === "" ? "" : `{${inner}}`} ${formatValue(value)}`;
}

/** What names were before they could be any text. */
const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Source: Prometheus proposal 2023-08-21-utf8, "Text exposition". */
function nameText(name: string): string {
  return plainName.test(name) ? name : `"${escapeQuoted(name)}"`;
}

/** As Go's strconv writes it, as far as readers of these formats and of the HTTP API can tell. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  // JavaScript writes minus zero without its sign.
  return Object.is(value, -0) ? "-0" : String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
