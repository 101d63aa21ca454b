/** What of the vocabulary one client is read for, and what not: an item without a source says why as long as the client is watched. */
import type { Absence } from "../../../core/absence.ts";
import type { Metric } from "../../../core/metric.ts";
import { describedItems } from "../clients/describe-client.ts";
import type { ClientContext, ClientKind, ClientTarget, ItemSource } from "./client-kind.ts";

/** Metrics that this client has while it answers. */
export function readableMetrics(kind: ClientKind, target: ClientTarget): readonly Metric[] {
  return describedItems(kind)
    .filter(({ sources }) => sources.some((source) => isReachable(source, target)))
    .flatMap(({ item }) => item.metrics);
}

/** Reports what cannot be had of this client: because its kind does not tell it, or because an address is not known. Items with one reason are told together. */
export function reportCoverage({ absent, target }: Pick<ClientContext, "absent" | "target">, kind: ClientKind): void {
  const missing = describedItems(kind).filter(({ sources }) => !sources.some((source) => isReachable(source, target)));
  for (const items of Map.groupBy(missing, ({ sources }) => absenceOf(sources, kind, target).detail).values()) {
    const [first] = items;
    if (first === undefined) continue;
    const what = items.length === 1 ? first.item.title : `${first.item.title} and ${items.length - 1} more`;
    const metrics = items.flatMap(({ item }) => item.metrics);
    absent(what, metrics, absenceOf(first.sources, kind, target));
  }
}

function absenceOf(sources: readonly ItemSource[], { title }: ClientKind, { name }: ClientTarget): Absence {
  const whys = sources.flatMap((source) => (source.from === "none" ? [source.why] : []));
  if (whys.length === sources.length) return { reason: "unsupported", detail: `${title}: ${whys.join(" ")}` };
  const setting = sources.some(({ from }) => from === "rpc") ? "rpc_url" : "metrics_url";
  return {
    reason: "disabled",
    detail: `${title} tells it at an address that is not known: ${setting}`,
    fix: `Enable it in the client, and set ${setting} of ${name} in chain.clients; docs/chain.md has both.`,
  };
}

function isReachable({ from }: ItemSource, { rpc, metrics }: ClientTarget): boolean {
  return (from === "rpc" && rpc !== null) || (from === "metric" && metrics !== null);
}
