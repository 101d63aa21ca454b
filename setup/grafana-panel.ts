/** One declared chart as a Grafana panel. Types and values: @grafana/schema 13; ids of units: grafana-data, valueFormats/categories.ts. */
import {
  type FieldConfigSource,
  type GraphFieldConfig,
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  GraphTransform,
  type GridPos,
  LegendDisplayMode,
  type Panel as GrafanaPanel,
  SortOrder,
  StackingMode,
  type ThresholdsConfig,
  ThresholdsMode,
  TooltipDisplayMode,
  VisibilityMode,
} from "@grafana/schema";
import type { Options } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";
import type { Panel, PanelQuery, PanelUnit } from "../src/core/panel.ts";

/** Of the data source in `deploy/grafana/provisioning/datasources`; dashboards let their reader choose another one. */
export const dataSourceUid = "chainpulse";
/** The data source that the dashboard's reader has chosen. */
export const chosenDataSource = { type: "prometheus", uid: "${datasource}" };

const units: Readonly<Record<PanelUnit, string>> = {
  ratio: "percentunit",
  bytes: "bytes",
  // Grafana has no IEC prefix for bytes per second: 1 kB/s is 1000 B/s there.
  "bytes/s": "Bps",
  "bits/s": "bps",
  seconds: "s",
  celsius: "celsius",
  hertz: "hertz",
  watts: "watt",
  count: "short",
  "count/s": "cps",
};

/** A query as Grafana's Prometheus data source stores it: grafana-prometheus, dataquery.ts. */
export interface PrometheusTarget {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr: string;
  readonly legendFormat: string;
  readonly range: boolean;
  readonly instant: boolean;
  readonly editorMode: "code";
}

const options: Options = {
  legend: { displayMode: LegendDisplayMode.List, placement: "bottom", showLegend: true, calcs: [] },
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
};

/** `id` is unique within the dashboard. */
export function grafanaPanel(panel: Panel, id: number, gridPos: GridPos): GrafanaPanel {
  return {
    id,
    type: "timeseries",
    title: panel.title,
    description: descriptionOf(panel),
    datasource: chosenDataSource,
    gridPos,
    targets: panel.queries.map((query, index) => ({ ...targetOf(query, index) })),
    fieldConfig: fieldConfigOf(panel),
    options: { ...options },
  };
}

/**
 * The declared variables in Grafana's: `$__rate_interval` is at least four of the data source's scrape intervals and at least a
 * step and one of them, so that `rate` misses no increase.
 */
export function grafanaQuery(expr: string): string {
  return expr.replaceAll("$rate", "rate").replaceAll("$window", "$__rate_interval");
}

function targetOf({ expr, legend }: PanelQuery, index: number): PrometheusTarget {
  return {
    refId: refIdOf(index),
    datasource: chosenDataSource,
    expr: grafanaQuery(expr),
    legendFormat: legend,
    range: true,
    instant: false,
    editorMode: "code",
  };
}

/** A, B, C …: Grafana's names of a panel's queries. No panel has more than a handful. */
function refIdOf(index: number): string {
  return "ABCDEFGHIJKLMNOPQRSTUVWXYZ".charAt(index);
}

/** The dashboard draws a limit's name beside its line; Grafana only draws the line. */
function descriptionOf({ help, thresholds = [] }: Panel): string {
  return thresholds.length === 0 ? help : `${help} Line: ${thresholds.map(({ label }) => label).join(", ")}.`;
}

function fieldConfigOf({ unit, max, form = "lines", queries, thresholds = [] }: Panel): FieldConfigSource {
  const stacked = form === "stacked";
  const custom: GraphFieldConfig = {
    drawStyle: GraphDrawStyle.Line,
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 0,
    showPoints: VisibilityMode.Never,
    spanNulls: false,
    stacking: { mode: stacked ? StackingMode.Normal : StackingMode.None, group: "A" },
    thresholdsStyle: { mode: thresholds.length > 0 ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off },
  };
  const mirrored = queries.flatMap((query, index) => (query.mirrored === true ? [refIdOf(index)] : []));
  return {
    defaults: {
      unit: units[unit],
      // What is mirrored lies below zero.
      ...(mirrored.length === 0 && { min: 0 }),
      ...(max !== undefined && { max }),
      custom: { ...custom },
      thresholds: thresholdsOf(thresholds.map(({ value }) => value)),
    },
    overrides: mirrored.map((refId) => ({
      matcher: { id: "byFrameRefID", options: refId },
      properties: [{ id: "custom.transform", value: GraphTransform.NegativeY }],
    })),
  };
}

/** The first step is minus infinity, which JSON writes as null. */
function thresholdsOf(values: readonly number[]): ThresholdsConfig {
  const steps = values.toSorted((a, b) => a - b).map((value) => ({ color: "orange", value }));
  return { mode: ThresholdsMode.Absolute, steps: [{ color: "green", value: null }, ...steps] };
}
