/** What `bench/store-read` asks: a month into a thousand points, of one series and of all. */
import type { LabelMatcher } from "../../src/core/labels.ts";
import { firstOfKind, syntheticJob, type SyntheticKind, syntheticName } from "./store-synthetic.ts";

export type ReadQuery =
  /** A PromQL range query whose windows are as long as its step, so that every sample counts once. */
  | { readonly kind: "promql"; readonly expr: string; readonly stepMs: number }
  /** All samples, through the store's reader. */
  | { readonly kind: "raw"; readonly matchers: readonly LabelMatcher[] };

/** 960 points in 30 days, on whole minutes; 1,000 points, which are not. */
const alignedMs = 2_700_000;
const unalignedMs = 2_592_000;

export function readQueries(): Readonly<Record<string, ReadQuery>> {
  return {
    oneAvg: overTime("avg_over_time", one("load"), alignedMs),
    oneMax: overTime("max_over_time", one("load"), alignedMs),
    oneRate: overTime("rate", one("counter"), alignedMs),
    oneLast: { kind: "promql", expr: one("load"), stepMs: alignedMs },
    oneAvgUnaligned: overTime("avg_over_time", one("load"), unalignedMs),
    oneRateUnaligned: overTime("rate", one("counter"), unalignedMs),
    oneRaw: { kind: "raw", matchers: matchersOf("load") },
    oneRawCounter: { kind: "raw", matchers: matchersOf("counter") },
    allAvg: overTime("avg_over_time", all, alignedMs),
    allMax: overTime("max_over_time", all, alignedMs),
    countersRate: overTime("rate", syntheticName("counter"), alignedMs),
    allAvgUnaligned: overTime("avg_over_time", all, unalignedMs),
  };
}

const all = `{job="${syntheticJob}"}`;

function one(kind: SyntheticKind): string {
  return `${syntheticName(kind)}{series="${firstOfKind(kind)}"}`;
}

function matchersOf(kind: SyntheticKind): readonly LabelMatcher[] {
  return [
    { name: "__name__", operator: "=", value: syntheticName(kind) },
    { name: "series", operator: "=", value: String(firstOfKind(kind)) },
  ];
}

function overTime(name: string, selector: string, stepMs: number): ReadQuery {
  return { kind: "promql", expr: `${name}(${selector}[${stepMs / 1000}s])`, stepMs };
}
