/**
 * PromQL written from declarations, so that no metric name stands outside the `metrics.ts` files and a renamed label
 * does not compile. Panels, views and checks are made with these.
 *
 * Three variables stay in the text until it is evaluated (`expandQuery`), because only the reader knows them:
 * `$node` the node's id, `$rate` irate or rate, `$window` the range that suits the step.
 */
import type { LabelSpec, LabelValues, Metric } from "./metric.ts";

type Wanted<V> =
  | V
  | { readonly not: V | readonly V[] }
  | { readonly any: readonly V[] }
  | { readonly matches: string }
  | { readonly notMatches: string };
type Matchers<M> = { readonly [K in keyof LabelValues<M>]?: Wanted<LabelValues<M>[K]> };

/** `system_cpu_time_seconds_total{node="$node",cpu_mode="idle"}` */
export function select<M extends Metric>(metric: M, matchers?: Matchers<M>): string {
  const parts = ['node="$node"'];
  for (const [name, wanted] of Object.entries(matchers ?? {})) {
    parts.push(`${labelOf(metric, name)}${matcherText(wanted as Wanted<string>)}`);
  }
  return `${metric.prometheusName}{${parts.join(",")}}`;
}

/** Per-second increase of a counter, at the resolution of whoever asks. */
export function perSecond<M extends Metric>(metric: M, matchers?: Matchers<M>): string {
  return `$rate(${select(metric, matchers)}[$window])`;
}

/** The Prometheus spelling of one of the metric's labels, for `by (…)` and legends. */
export function labelOf<L extends LabelSpec>(metric: Metric<L>, label: keyof L & string): string {
  return metric.prometheusLabels[label];
}

export interface QueryContext {
  readonly node: string;
  /** Distance of two result points; `null` for an instant query. */
  readonly stepMs: number | null;
  readonly samplingIntervalMs: number;
  /** Whoever evaluates it has scraped the series from ChainPulse; default: they are where they were collected. */
  readonly scraped?: boolean;
}

/**
 * Fills the variables. `node="$node"` means what the node has collected itself: its copies that were scraped, here or elsewhere, have a
 * `job`, and would make two of every series. Up to a step of two ticks, and for instant queries, `$rate` is `irate`: the exact increase over the last
 * tick, the same number in a chart, in REST and in GraphQL. Beyond that it is `rate` over the step plus one tick, so that no
 * increase between two points is lost; over just the step where that is whole minutes of hundreds of ticks, because the store has
 * summaries of those: what grew in the one tick between two windows, `rate` makes up for.
 */
export function expandQuery(expr: string, context: QueryContext): string {
  const { stepMs, samplingIntervalMs } = context;
  const fine = stepMs === null || stepMs <= 2 * samplingIntervalMs;
  const windowMs = Math.max(10_000, 4 * samplingIntervalMs, fine ? 0 : stepMs + seamMs(stepMs, samplingIntervalMs));
  const node = escapeString(context.node);
  return expr
    .replaceAll('node="$node"', `node="${node}"${context.scraped === true ? "" : ',job=""'}`)
    .replaceAll("$node", node)
    .replaceAll("$rate", fine ? "irate" : "rate")
    .replaceAll("$window", `${Math.round(windowMs)}ms`);
}

/** With fewer ticks in a window, the one that it does not see would be more than a third of a percent of it. */
const ticksWithoutSeam = 300;

function seamMs(stepMs: number, samplingIntervalMs: number): number {
  return stepMs % 60_000 === 0 && stepMs >= ticksWithoutSeam * samplingIntervalMs ? 0 : samplingIntervalMs;
}

/** Which program the charts of a `ProgramSection` are about. */
export interface Program {
  readonly job: string;
  readonly instance: string;
}

/** Fills the variables `$job` and `$instance` in. */
export function expandProgram(expr: string, { job, instance }: Program): string {
  const values = { job: escapeString(job), instance: escapeString(instance) };
  // At once, because a value may itself look like a variable.
  return expr.replaceAll(/\$(job|instance)\b/g, (_, name: string) => (name === "job" ? values.job : values.instance));
}

function matcherText(wanted: Wanted<string>): string {
  if (typeof wanted === "string") return `="${escapeString(wanted)}"`;
  if ("matches" in wanted) return `=~"${escapeString(wanted.matches)}"`;
  if ("notMatches" in wanted) return `!~"${escapeString(wanted.notMatches)}"`;
  if ("any" in wanted) return `=~"${escapeString(wanted.any.map(escapeRegex).join("|"))}"`;
  if (typeof wanted.not === "string") return `!="${escapeString(wanted.not)}"`;
  return `!~"${escapeString(wanted.not.map(escapeRegex).join("|"))}"`;
}

function escapeString(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** A pattern that matches this text and no other. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
