/** Charts as data: the dashboard draws them, the Grafana generator writes them, nobody writes them twice. */

/** What the y axis shows; the dashboard picks the prefix (KiB, ms). `ratio` is 0–1 and shown in %. */
export type PanelUnit =
  | "ratio"
  | "bytes"
  | "bytes/s"
  | "bits/s"
  | "seconds"
  | "celsius"
  | "hertz"
  | "watts"
  | "count"
  | "count/s";

export interface PanelQuery {
  /** PromQL text from `promql-text.ts`. */
  readonly expr: string;
  /** Name of each series, `{{label}}` filled in: `{{cpu_mode}}`. */
  readonly legend: string;
  /** Drawn below zero (transmit under receive). */
  readonly mirrored?: boolean;
}

export interface Panel {
  /** Unique within the domain. */
  readonly id: string;
  readonly title: string;
  /** What it tells and when it is bad, in one or two sentences. */
  readonly help: string;
  readonly unit: PanelUnit;
  readonly queries: readonly PanelQuery[];
  readonly form?: "lines" | "stacked";
  /** A fixed upper end of the axis, e.g. 1 for shares of a whole. */
  readonly max?: number;
  readonly thresholds?: readonly { readonly value: number; readonly label: string }[];
  /** Dotted names of the metrics it needs: their absences are shown where the chart would be. */
  readonly metrics: readonly string[];
}

export interface PanelSection {
  readonly id: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  /** Ids of the panels that the overview page shows. */
  readonly overview?: readonly string[];
}

/** A key figure of all programs of a kind at once. */
export interface ProgramFigure {
  /** camelCase. */
  readonly name: string;
  readonly help: string;
  readonly unit: PanelUnit;
  /** PromQL: one element for each job and instance. */
  readonly expr: string;
}

/**
 * Charts of one kind of program that others expose metrics of: a Go program, a JVM. What is shown is one of them, named by the labels
 * `job` and `instance` that every scraped series has; `expandProgram` fills their variables in. Such series carry no node.
 */
export interface ProgramSection extends PanelSection {
  /** PromQL: each job and instance in it is a program of this kind. */
  readonly programs: string;
  readonly figures: readonly ProgramFigure[];
}
