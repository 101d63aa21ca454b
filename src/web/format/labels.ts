/** Names of series for people, from their labels. */
import { metricNameLabel, type Labels } from "../../core/labels.ts";

/** Fills `{{label}}` in a panel's legend. */
export function fillLegend(template: string, labels: Labels): string {
  return template.replaceAll(/\{\{\s*([^}\s]+)\s*\}\}/g, (_, name: string) => labels[name] ?? "");
}

/**
 * Names for series that nobody named: what tells them apart, and no more. `eth0 · receive` where interface and direction differ;
 * one series alone has all its labels.
 */
export function tellApart(series: readonly Labels[]): readonly string[] {
  // Every series of a page belongs to the node that the page is about; naming it again helps nobody.
  const names = [...new Set(series.flatMap((labels) => Object.keys(labels)))].filter((name) => name !== "node");
  const varying = names.filter((name) => series.some((labels) => labels[name] !== series[0]?.[name]));
  return series.map((labels) => {
    const values = varying.map((name) => labels[name] ?? `no ${name}`);
    return values.length > 0 ? values.join(" · ") : ownName(labels);
  });
}

function ownName({ node: _, ...labels }: Labels): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== metricNameLabel);
  if (pairs.length === 0) return labels[metricNameLabel] ?? "value";
  return pairs.map(([name, value]) => `${name}=${value}`).join(", ");
}

/** `usagePercent` → `Usage`, `readBytesPerSecond` → `Read`: the unit is shown beside the values. */
export function fieldTitle(field: string): string {
  const words = field
    .replace(/(BytesPerSecond|PerSecond|Percent|Bytes|Seconds|Ms|Celsius|Days|Blocks|Slots|Gwei|Ether)$/, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase();
  const text = words === "" ? field : words;
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(
    /\b(cpu|gc|io|rss|pss|pid|oom|ai|gpu|tcp|udp|rpc|p2p)\b/gi,
    (word) => word.toUpperCase(),
  );
}
