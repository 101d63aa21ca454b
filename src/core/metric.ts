/**
 * Metric declarations: the one place where a metric's name, unit, meaning and labels are written down. Everything else
 * (Prometheus exposition, OTLP names, REST, GraphQL, docs) is derived from what `defineMetrics` returns.
 */
import { prometheusLabel, prometheusName } from "./naming.ts";
import type { Unit } from "./units.ts";

export type MetricKind = "counter" | "gauge" | "updowncounter";

/** How samples of one series fold into a longer step when a tier or a chart needs fewer points. */
export type Rollup = "last" | "mean" | "max" | "min" | "sum";

/** Label name (OpenTelemetry spelling, dotted) → the closed set of its values, or `null` for any string. */
export type LabelSpec = Readonly<Record<string, readonly string[] | null>>;

/**
 * Another ecosystem's name for the same value, so that its rule files and dashboards select our series.
 * `{label}` inside `name` stands for that label's value (`node_memory_{field}_bytes`).
 */
export interface MetricAlias {
  readonly name: string;
  /** Our label → their label; a label that is not listed and not in `where` does not exist there. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only our series with these label values are meant. */
  readonly where?: Readonly<Record<string, string>>;
  /** Their spelling of a label value where it differs from ours: our label → (our value → theirs). */
  readonly values?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Their value is ours times this (their unit differs). A power of two, so that figures from tiers stay exact. */
  readonly scale?: number;
}

export interface MetricDeclaration<L extends LabelSpec = LabelSpec> {
  /** OpenTelemetry dotted name where the conventions have one, else `chainpulse.…`. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: Unit;
  /** One sentence, ends with a full stop. */
  readonly help: string;
  readonly labels?: L;
  /** Default: `last` for counters, `mean` for gauges. */
  readonly rollup?: Rollup;
  /** Default: `stable`. */
  readonly stability?: "stable" | "experimental";
  readonly aliases?: readonly MetricAlias[];
}

export interface Metric<L extends LabelSpec = LabelSpec> {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit: Unit;
  readonly help: string;
  readonly labels: L;
  readonly rollup: Rollup;
  readonly stability: "stable" | "experimental";
  readonly aliases: readonly MetricAlias[];
  /** Name in the Prometheus exposition, e.g. `system_cpu_time_seconds_total`. */
  readonly prometheusName: string;
  /** Declared label name → its Prometheus spelling, e.g. `cpu.mode` → `cpu_mode`. */
  readonly prometheusLabels: Readonly<Record<keyof L & string, string>>;
}

/** The label values that a metric asks for: exactly its declared labels, each from its closed set where it has one. */
export type LabelValues<M> =
  M extends Metric<infer L> ? { readonly [K in keyof L]: L[K] extends readonly string[] ? L[K][number] : string } : never;

type Declared<D> = D extends { readonly labels: infer L extends LabelSpec } ? L : Readonly<Record<never, never>>;

/** Turns declarations into metrics; the types of name and labels are inferred, so a wrong label does not compile. */
export function defineMetrics<const D extends Readonly<Record<string, MetricDeclaration>>>(
  declarations: D,
): { readonly [K in keyof D]: Metric<Declared<D[K]>> } {
  const metrics: Record<string, Metric> = {};
  for (const [key, declaration] of Object.entries(declarations)) metrics[key] = toMetric(declaration);
  // Each entry was made from the declaration of the same key; the compiler cannot follow that through Object.entries.
  return metrics as { readonly [K in keyof D]: Metric<Declared<D[K]>> };
}

function toMetric(declaration: MetricDeclaration): Metric {
  const labels = declaration.labels ?? {};
  return {
    name: declaration.name,
    kind: declaration.kind,
    unit: declaration.unit,
    help: declaration.help,
    labels,
    rollup: declaration.rollup ?? (declaration.kind === "counter" ? "last" : "mean"),
    stability: declaration.stability ?? "stable",
    aliases: declaration.aliases ?? [],
    prometheusName: prometheusName(declaration),
    prometheusLabels: Object.fromEntries(Object.keys(labels).map((label) => [label, prometheusLabel(label)])),
  };
}
