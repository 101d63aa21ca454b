/** Targets as they are told of, to lists and to those who search in them: without the keys that a job sends in its query. */
import type { Labels } from "../../../core/labels.ts";
import { hidden, isKeyParameter, shownWithQuery } from "../../../core/shown-address.ts";
import type { DroppedTarget, TargetStatus } from "./api.ts";

const parameterLabel = "__param_";

export function shownTarget(status: TargetStatus): TargetStatus {
  return { ...status, url: shownWithQuery(status.url), discoveredLabels: shownLabels(status.discoveredLabels) };
}

export function shownDropped({ pool, discoveredLabels }: DroppedTarget): DroppedTarget {
  return { pool, discoveredLabels: shownLabels(discoveredLabels) };
}

function shownLabels(labels: Labels): Labels {
  const isKey = (name: string): boolean => name.startsWith(parameterLabel) && isKeyParameter(name.slice(parameterLabel.length));
  if (!Object.keys(labels).some(isKey)) return labels;
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, isKey(name) ? hidden : value]));
}
