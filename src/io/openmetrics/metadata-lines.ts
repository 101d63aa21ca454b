/** Lines of metadata (`# TYPE …`) as what they say of a metric: type, help, unit. */
import { type MetricMetadata, type MetricType, metricTypes } from "../../core/metric-metadata.ts";
import { unescapeText } from "./text-scanner.ts";

const line = /^#[ \t]*(TYPE|HELP|UNIT)[ \t]+(?:"((?:[^"\\]|\\.)*)"|(\S+))(?:[ \t]+(.*))?$/s;

/** The text format's words for types that OpenMetrics calls otherwise. */
const otherWords: Readonly<Record<string, MetricType>> = { untyped: "unknown" };

/** By metric, in the order in which they are mentioned first. Lines that say nothing of a metric are passed over. */
export function readMetadataLines(lines: Iterable<string>): readonly MetricMetadata[] {
  const byMetric = new Map<string, MetricMetadata>();
  for (const text of lines) {
    const [, word, quoted, bare = "", value = ""] = line.exec(text) ?? [];
    if (word === undefined) continue;
    const metric = quoted === undefined ? bare : unescapeText(quoted);
    const known = byMetric.get(metric) ?? { metric, type: "unknown", help: "", unit: "" };
    if (word === "TYPE") byMetric.set(metric, { ...known, type: typeOf(value.trim()) });
    else if (word === "HELP") byMetric.set(metric, { ...known, help: unescapeText(value) });
    else byMetric.set(metric, { ...known, unit: value.trim() });
  }
  return [...byMetric.values()];
}

function typeOf(word: string): MetricType {
  return metricTypes.find((type) => type === word) ?? otherWords[word] ?? "unknown";
}
