/** What is known of a kind of client, in words: for `doctor` and for the page of clients. */
import type { ClientKind, Evidence, ItemSource } from "../client/client-kind.ts";
import { vocabulary, type VocabularyItem } from "../vocabulary.ts";

/** One item of the vocabulary at one kind. */
export interface DescribedItem {
  readonly item: VocabularyItem;
  readonly sources: readonly ItemSource[];
}

/** All items, in the order of the vocabulary. */
export function describedItems({ coverage }: ClientKind): readonly DescribedItem[] {
  const covered: Readonly<Record<string, readonly ItemSource[]>> = coverage;
  return Object.entries(vocabulary).map(([id, item]) => ({ item, sources: covered[id] ?? [] }));
}

/** How far the mapping can be trusted. Nothing that was not run or captured is called so. */
export function evidenceText({ kind, of }: Evidence): string {
  switch (kind) {
    case "live":
      return `tested on a running one: ${of}`;
    case "captured":
      return `tested on captured output: ${of}`;
    case "documentation":
      return `mapped from documentation, not verified: ${of}`;
  }
}

/** Where a value comes from, or why there is none. */
export function sourceText(source: ItemSource): string {
  switch (source.from) {
    case "metric":
      return `metrics ${source.metrics.join(", ")}`;
    case "rpc":
      return `asks ${source.methods.join(", ")}`;
    case "none":
      return `not available: ${source.why}`;
  }
}

/** What `doctor` prints of a client that it has found: what the mapping rests on, and what cannot be had and why, items with one reason together. */
export function describeKind(kind: ClientKind): readonly string[] {
  const missing = describedItems(kind).filter(({ sources }) => sources.every(({ from }) => from === "none"));
  const byReason = Map.groupBy(missing, ({ sources }) => sources.map(sourceText).join("; "));
  const whys = Array.from(byReason, ([reason, items]) => `${items.map(({ item }) => item.title).join(", ")}: ${reason}`);
  return [`${kind.title}: ${evidenceText(kind.evidence)}`, ...whys];
}
