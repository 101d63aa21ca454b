/**
 * Which of a client's metrics an item of the vocabulary comes from: said by the dialect's rules themselves, so that no table can differ
 * from them.
 */
import type { Metric } from "../../../core/metric.ts";
import type { ItemSource } from "../client/client-kind.ts";
import { type ItemId, vocabulary, type VocabularyItem } from "../vocabulary.ts";
import { type Dialect, namesOf } from "./dialect.ts";

/** For a client's `coverage`. Throws where the dialect says nothing of the item. */
export function told(dialect: Dialect, id: ItemId): ItemSource {
  const metrics = metricNames(dialect, id);
  if (metrics.length === 0) throw new Error(`${dialect.title} say nothing of ${id}`);
  return { from: "metric", metrics };
}

/** The client's metrics that fill the item, as its text has them by default; none where the dialect says nothing of it. */
export function metricNames({ rules, identity, prefixes: [prefix = ""] = [] }: Dialect, id: ItemId): readonly string[] {
  const wanted: readonly Metric[] = vocabulary[id].metrics;
  const ofRules = rules.filter(({ metric }) => wanted.includes(metric)).flatMap(({ source }) => namesOf(source));
  const ofIdentity = id === "version" && identity?.version ? [identity.version.name] : [];
  const names = new Set([...ofIdentity, ...ofRules]);
  return [...new Set(Array.from(names, (name) => familyOf(name, names)))].map((name) => `${prefix}${name}`);
}

/** A histogram's sum and count are one metric to a reader. */
function familyOf(name: string, names: ReadonlySet<string>): string {
  const family = name.replace(/_(sum|count)$/, "");
  return family !== name && (names.has(family) || (names.has(`${family}_sum`) && names.has(`${family}_count`))) ? family : name;
}

/** What the dialect says nothing of. */
export function unmappedItems({ rules, identity }: Dialect): readonly VocabularyItem[] {
  const written = new Set<Metric>(rules.map(({ metric }) => metric));
  return Object.values(vocabulary).filter((item: VocabularyItem) => {
    const isIdentity = item === vocabulary.version && identity?.version !== undefined && identity.version !== null;
    return !isIdentity && !item.metrics.some((metric) => written.has(metric));
  });
}
