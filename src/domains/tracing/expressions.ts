/** PromQL about traced transactions and blocks. */
import { labelOf, select } from "../../core/promql-text.ts";
import { tracingMetrics as t } from "./metrics.ts";

export const kindLabel = labelOf(t.latency, "trace.kind");
export const chainLabel = labelOf(t.latency, "chain.id");
export const stageLabel = labelOf(t.stageLatency, "trace.stage");

/** Mean time of each stage at a place, over ten minutes. */
export const stageMean = `rate(${select(t.stageTime)}[10m]) / (rate(${select(t.stageCount)}[10m]) > 0)`;

/** Mean delay of each hop, over ten minutes. */
export const hopMean = `rate(${select(t.hopTime)}[10m]) / (rate(${select(t.hopCount)}[10m]) > 0)`;

/** Share of each hop's delays that tell nothing, over ten minutes. */
export const hopUncertainty = `rate(${select(t.hopUncertain)}[10m]) / (rate(${select(t.hopCount)}[10m]) > 0)`;

const slowStage = select(t.stageLatency, { quantile: "0.95" });
/** Of a day, twice an hour: a value is of the last 256 flows already, and all 86,400 of each stage would be read for every evaluation. */
const ofDay = (share: number): string => `quantile_over_time(${share}, ${slowStage}[1d:30m])`;
const usual = ofDay(0.5);
/**
 * How far the middle half of a day is spread, as a standard deviation: a normal distribution's is the distance of its quartiles divided by 1.349.
 * As robust as the median absolute deviation, which Prometheus has behind a flag only.
 */
const spread = `(${ofDay(0.75)} - ${ofDay(0.25)}) / 1.349`;
/** What is always the same would make the least change an outlier: a tenth of the usual time, and 10 ms, are none. */
const leastSpread = `(${usual} * 0.1 + 0.01)`;

/** By how many spreads a stage's slow end lies above its own usual one of the last day; of stages that are known for an hour and more. */
export const stageExcess = `((quantile_over_time(0.5, ${slowStage}[10m]) - ${usual}) / ((${spread} > ${leastSpread}) or ${leastSpread}) and (${slowStage} offset 1h))`;

const inTenMinutes = (counter: string): string => `increase(${counter}[10m])`;

/** Share of transactions, among those of ten minutes, that some places had not seen after a minute. */
export const notPropagated = `sum by (${chainLabel}) (${inTenMinutes(select(t.labelled, { "trace.label": "not_propagated" }))}) / (sum by (${chainLabel}) (${inTenMinutes(select(t.flows, { "trace.kind": "transaction" }))}) > 10)`;
