/** What a user's mapping file may say, and what is wrong with one that says something else. */
import { z } from "zod";
import type { Metric } from "../../../core/metric.ts";
import { nearestWord } from "../../../io/config-file-nearest.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { clientMetrics } from "../client/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { contractMetrics } from "../contracts/metrics.ts";
import { databaseMetrics } from "../database/metrics.ts";
import { perClient } from "../labels.ts";
import type { Scale } from "./dialect.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { chainRuntimeMetrics } from "../runtime/metrics.ts";

/** Their unit → ours: seconds, bytes, shares of 1, fees in gwei. */
export const units = {
  ns: { divisor: 1e9 },
  us: { divisor: 1e6 },
  ms: { divisor: 1e3 },
  s: {},
  wei: { divisor: 1e9 },
  KiB: { factor: 1024 },
  MiB: { factor: 1_048_576 },
  percent: { divisor: 100 },
} as const satisfies Readonly<Record<string, Scale>>;

/** Metrics that a mapping may fill, by name. Whether the client is up, and what asking it costs, follow from reading it. */
export const mappableMetrics: ReadonlyMap<string, Metric> = new Map(
  [
    ...Object.values(blockMetrics),
    ...Object.values(mempoolMetrics),
    ...Object.values(peerMetrics),
    ...Object.values(consensusMetrics),
    ...Object.values(contractMetrics),
    ...Object.values(databaseMetrics),
    ...Object.values(chainRuntimeMetrics),
    clientMetrics.servedRequests,
    clientMetrics.servedTime,
  ].map((metric: Metric) => [metric.name, metric]),
);

const name = z
  .string()
  .max(256)
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
  .meta({ expected: "a name of a Prometheus metric, e.g. my_blocks_total" });
const names = z.array(name).min(1).max(32).meta({ expected: "a list of names of Prometheus metrics" });
const text = z.string().max(256);

const labelFrom = z.strictObject({
  from: text.meta({ description: "The client's label." }),
  values: z.record(text, text).optional().meta({ description: "Its values → ours; without it, they are taken as they are." }),
  other: text.optional().meta({ description: "For all other values; without it, such samples are left out." }),
});

const ruleSchema = z
  .strictObject({
    metric: z.enum([...mappableMetrics.keys()]).meta({ expected: "one of the metrics chainpulse.chain.… in docs/metrics.md" }),
    labels: z.record(text, text).default({}).meta({ description: "Labels of our metric → value." }),
    labels_from: z
      .record(text, labelFrom)
      .default({})
      .meta({ description: "Labels of our metric → where their value comes from." }),
    sum: names.optional().meta({ description: "The value: these, added up." }),
    flag: name.optional().meta({ description: "The value: 1 where this is one of `is`, else 0." }),
    is: z.array(z.number()).max(64).optional(),
    mean: name.optional().meta({ description: "The value: mean of the new observations of this histogram or summary." }),
    timers: names
      .optional()
      .meta({ description: "The value: `part` of these timers of go-metrics, as Geth and its relatives have them." }),
    part: z.enum(["count", "time", "median"]).optional(),
    minus: names.optional().meta({ description: "With sum: taken away." }),
    where: z
      .record(text, text)
      .default({})
      .meta({ description: "Only samples with these labels; an empty value: without that label." }),
    unit: z.enum(["ns", "us", "ms", "s", "wei", "KiB", "MiB", "percent"]).optional(),
    factor: z.number().optional().meta({ description: "Instead of unit: what their figure is multiplied by." }),
    at_least: z.number().optional().meta({ description: "With sum: smaller values are this." }),
    unset: z.number().optional().meta({ description: "With sum: what the client says where it does not know." }),
    empty_is_zero: z.boolean().default(false).meta({ description: "Announced and without a sample means 0." }),
    reset_on_scrape: z.boolean().default(false).meta({ description: "With sum: the client begins at 0 after each scrape." }),
    unless: name.optional().meta({ description: "Not where the client has this." }),
  })
  .superRefine((rule, context) => {
    const complaint = (path: readonly string[], message: string): void =>
      context.addIssue({ code: "custom", path: [...path], message });
    const kinds = (["sum", "flag", "mean", "timers"] as const).filter((kind) => rule[kind] !== undefined);
    if (kinds.length !== 1) complaint([], `a rule has one of sum, flag, mean and timers, found ${kinds.join(", ") || "none"}`);
    if ((rule.flag === undefined) !== (rule.is === undefined)) complaint([], "flag and is stand together");
    if ((rule.timers === undefined) !== (rule.part === undefined)) complaint([], "timers and part stand together");
    if (rule.unit !== undefined && rule.factor !== undefined) complaint([], "unit and factor are the same thing: set one");
    labelComplaint(rule, complaint);
  });

const infoLabel = z.strictObject({ metric: name, label: text });

export const mappingSchema = z.strictObject({
  title: text.min(1).default("the client's metrics").meta({ description: "What it is called in messages." }),
  prefixes: z.array(name).max(8).default([]).meta({ description: "What names may begin with; rules name them without." }),
  version: infoLabel.optional().meta({ description: "Label that says the client's version." }),
  network: infoLabel.optional().meta({ description: "Label that says the network." }),
  rules: z.array(ruleSchema).min(1).max(256),
});

export type FileRule = z.infer<typeof ruleSchema>;

/** Every label of our metric has a value, each once and from its set, and there are no others. */
function labelComplaint(
  rule: { readonly metric: string; readonly labels: object; readonly labels_from: object },
  complaint: (path: readonly string[], message: string) => void,
): void {
  const metric = mappableMetrics.get(rule.metric);
  if (metric === undefined) return;
  const own = Object.keys(metric.labels).filter((label) => !Object.hasOwn(perClient, label));
  const given: readonly string[] = [...Object.keys(rule.labels), ...Object.keys(rule.labels_from)];
  const missing = own.filter((label) => !given.includes(label));
  const twice = Object.keys(rule.labels).filter((label) => Object.hasOwn(rule.labels_from, label));
  if (twice.length > 0) complaint(["labels_from"], `${twice.join(", ")} stands in labels, too`);
  if (missing.length > 0) complaint([], `${metric.name} needs ${missing.join(", ")} in labels or labels_from`);
  for (const [section, labels] of [["labels", rule.labels] as const, ["labels_from", rule.labels_from] as const]) {
    for (const label of Object.keys(labels)) {
      if (own.includes(label)) continue;
      const nearest = nearestWord(label, own);
      const hint = nearest === null ? `it has ${own.join(", ") || "none"}` : `did you mean ${nearest}?`;
      complaint([section], `${metric.name} has no label ${JSON.stringify(label)}; ${hint}`);
    }
  }
  for (const [label, value] of Object.entries(rule.labels)) {
    const allowed = metric.labels[label] ?? null;
    if (allowed === null || allowed.includes(String(value))) continue;
    complaint(["labels"], `${label} is one of ${allowed.join(", ")}, not ${JSON.stringify(value)}`);
  }
}
