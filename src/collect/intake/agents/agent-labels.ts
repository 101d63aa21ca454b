/** What an agent calls a series → what it is called on the hub. */
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { SentLabels } from "../../agent-protocol/batch-decoder.ts";
import { isTooLong, tooLong } from "../label-length.ts";
import type { RefusedSeries } from "../sink.ts";

const nodeLabel = "node";
/** Prometheus's way with labels of a target that collide with those of the scrape: scrape/target.go, `exported_`. */
const exportedNodeLabel = "exported_node";

/**
 * The labels, sorted and without empty values, with `node` set to the agent's own: two agents that scrape the same address must not
 * write one series, and no agent writes that of another. A `node` of the agent's targets goes on as `exported_node`.
 */
export function labelsOnHub(sent: SentLabels, node: string): { readonly labels: Labels } | RefusedSeries {
  const labels = new Map<string, string>();
  for (const [name, value] of sent) {
    if (labels.has(name)) return invalid(`the label ${JSON.stringify(name)} is there twice`);
    if (name === "" || name.includes("\u0000") || value.includes("\u0000")) return invalid("a label is empty or holds U+0000");
    labels.set(name, value);
  }
  if ((labels.get(metricNameLabel) ?? "") === "") return invalid("a series has no name");
  const claimed = labels.get(nodeLabel) ?? "";
  if (claimed !== "" && claimed !== node) labels.set(exportedNodeLabel, claimed);
  labels.set(nodeLabel, node);
  const pairs = [...labels].filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  const complete = Object.fromEntries(pairs);
  return isTooLong(complete) ? { reason: tooLong.reason, refusal: tooLong.message } : { labels: complete };
}

function invalid(refusal: string): RefusedSeries {
  return { reason: "invalid", refusal };
}
