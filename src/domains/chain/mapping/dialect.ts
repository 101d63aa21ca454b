/**
 * How one client names in its own Prometheus metrics what the vocabulary knows: data, which `evaluate-source.ts` reads. Types in the client's
 * text are not looked at, because many say `gauge` of what only grows (Geth, Lodestar, Nethermind): our metric's kind is what counts.
 */
import type { Metric } from "../../../core/metric.ts";
import type { ClientIdentity, OwnLabels } from "../client/client-kind.ts";

/** Label of the client → the values that are meant; `""`: samples without that label. */
export type Where = Readonly<Record<string, string | readonly string[]>>;

/** Samples of one name, added up. */
export interface Samples {
  /**
   * Whole name of the samples, with `_sum`, `_count`, `_total`; several: as versions of the client call it, the first that is there
   * counts.
   */
  readonly name: string | readonly string[];
  readonly where?: Where;
  /** The client announces it (`# TYPE`) and has no sample: nothing of the kind has happened, so it is 0. Else it is absent. */
  readonly emptyIsZero?: true;
}

/** A name alone stands for all its samples. */
export type Reading = string | Samples;

/** A value of ours that comes from a label of the client's. */
export interface LabelFrom<V extends string = string> {
  readonly from: string;
  /** Their value → ours; without it, theirs is taken. */
  readonly values?: Readonly<Record<string, V>>;
  /** For values that are not listed, or not in our metric's set; without it, such samples are left out. */
  readonly other?: V;
}

/** From the client's unit to ours. Both, because 30,000,000 ns ÷ 10⁹ is 0.03 s, and times 10⁻⁹ is not quite. */
export interface Scale {
  readonly factor?: number;
  readonly divisor?: number;
}

export type Source = ValueSource | FlagSource | MeanSource | TimerSource;

/** Figures as they are. */
export interface ValueSource extends Scale {
  readonly kind: "value";
  /** Added up; those that are not there are left out, none: absent. */
  readonly plus: readonly Reading[];
  /** Taken away; where one is not there, the value is absent. */
  readonly minus?: readonly Reading[];
  /** Smaller differences are this: two figures of one text need not be of one moment. */
  readonly atLeast?: number;
  /** The client's figure for "not known yet": absent. */
  readonly unset?: number;
  /** The client begins at 0 with each scrape, whoever makes it: added up here. */
  readonly resetOnScrape?: true;
}

/** 1 where it is one of these, 0 where it is something else. */
export interface FlagSource {
  readonly kind: "flag";
  readonly of: Reading;
  readonly is: readonly number[];
}

/**
 * Of a histogram or summary: Δ`_sum` ÷ Δ`_count` since the scrape before, held until there are new observations. The sum may be negative.
 */
export interface MeanSource extends Scale {
  readonly kind: "mean";
  readonly of: string;
  readonly where?: Where;
}

/**
 * A timer of go-metrics, as Geth and its relatives have it: percentiles and a count, no sum. `time` is count × median; with one or two
 * observations between two scrapes, as at the head of a chain, that is exact. Several are phases that follow each other. Source:
 * go-ethereum metrics/prometheus/collector.go, metrics/sample.go (CalculatePercentiles).
 */
export interface TimerSource extends Scale {
  readonly kind: "timer";
  readonly part: "count" | "time" | "median";
  readonly of: readonly string[];
}

export interface MappingRule {
  readonly metric: Metric;
  /** Labels of `metric`, without those that all metrics of a client have. */
  readonly labels: Readonly<Record<string, string | LabelFrom>>;
  readonly source: Source;
  /** The rule is left out where the client has this. */
  readonly unless?: string;
}

/** A label of an info metric. */
export interface InfoLabel {
  readonly name: string;
  readonly label: string;
}

export interface Dialect {
  /** Of what it is, for absences: `Geth's metrics`. */
  readonly title: string;
  /** What names may begin with, by how the client was built or set up; rules name them without. Default: nothing. */
  readonly prefixes?: readonly string[];
  readonly identity?: { readonly [K in keyof ClientIdentity]: InfoLabel | null };
  readonly rules: readonly MappingRule[];
}

type RuleLabels<M> = { readonly [K in keyof OwnLabels<M>]: OwnLabels<M>[K] | LabelFrom<OwnLabels<M>[K] & string> };

/** A rule whose labels the compiler has compared with the metric's. */
export function rule<M extends Metric>(metric: M, labels: RuleLabels<M>, source: Source, unless?: string): MappingRule {
  return { metric, labels, source, ...(unless === undefined ? {} : { unless }) };
}

/** The figures as they are, added up. */
export function sum(...plus: readonly Reading[]): Source {
  return { kind: "value", plus };
}

/** The same, told in another unit. */
export function scaled(scale: Scale, ...plus: readonly Reading[]): Source {
  return { kind: "value", plus, ...scale };
}

/** The names that a source reads, for the docs and for what is looked for in a text. */
export function namesOf(source: Source): readonly string[] {
  switch (source.kind) {
    case "value":
      return [...source.plus, ...(source.minus ?? [])].flatMap(namesOfReading);
    case "flag":
      return namesOfReading(source.of);
    case "mean":
      return [`${source.of}_sum`, `${source.of}_count`];
    case "timer":
      return source.of.flatMap((name) => [name, `${name}_count`]);
  }
}

function namesOfReading(reading: Reading): readonly string[] {
  return typeof reading === "string" ? [reading] : [reading.name].flat();
}
