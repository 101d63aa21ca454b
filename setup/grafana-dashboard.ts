/** A domain's charts as a Grafana dashboard: a row for each section, two charts beside each other. */
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardCursorSync,
  defaultDashboard,
  type Panel as GrafanaPanel,
  type RowPanel,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from "@grafana/schema";
import type { Domain } from "../src/core/domain.ts";
import type { PanelSection, ProgramSection } from "../src/core/panel.ts";
import { chosenDataSource, grafanaPanel } from "./grafana-panel.ts";

/** Of every dashboard: its links find the others by it. */
const tag = "chainpulse";
/** Grafana's grid is 24 columns wide; a row of height 1 is a heading. */
const panelSize = { w: 12, h: 8 };

/** What a domain's or a program's dashboard has of its own. */
interface Contents {
  readonly id: string;
  readonly title: string;
  readonly sections: readonly PanelSection[];
  /** After the data source. */
  readonly variables: readonly VariableModel[];
  readonly annotations: readonly AnnotationQuery[];
}

/** Id → dashboard: one of the domain's own charts, and one for each kind of program that it has charts of; none without charts. */
export function grafanaDashboards(domain: Domain): ReadonlyMap<string, Dashboard> {
  const { id, title, panels, programs = [] } = domain;
  const own =
    panels.length === 0
      ? []
      : [{ id, title, sections: panels, variables: [nodeVariable(domain)], annotations: [firingAlerts] }];
  const others = programs.map((section) => ({
    id: `${id}-${section.id}`,
    title: `${title}, ${section.title}`,
    sections: [section],
    variables: programVariables(section),
    annotations: [],
  }));
  return new Map([...own, ...others].map((contents) => [contents.id, dashboardOf(contents)]));
}

/** The uid stays the same, so that links and bookmarks do. */
function dashboardOf({ id, title, sections, variables, annotations }: Contents): Dashboard {
  return {
    // Grafana gives it a number of its own when it reads the file.
    id: null,
    uid: `chainpulse-${id}`,
    title: title === "ChainPulse" ? title : `ChainPulse: ${title}`,
    description: "Generated from ChainPulse's own charts. Changes made here are lost with the next version: save a copy.",
    tags: [tag],
    timezone: "browser",
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    schemaVersion: defaultDashboard.schemaVersion,
    refresh: "10s",
    time: { from: "now-30m", to: "now" },
    links: [
      {
        type: "dashboards",
        title: "ChainPulse",
        tags: [tag],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        icon: "external link",
        targetBlank: false,
        tooltip: "",
      },
    ],
    templating: { list: [dataSourceVariable, ...variables] },
    annotations: { list: [...annotations] },
    panels: layOut(sections),
  };
}

const dataSourceVariable: VariableModel = {
  type: "datasource",
  name: "datasource",
  label: "Data source",
  query: "prometheus",
  refresh: VariableRefresh.onDashboardLoad,
};

function queryVariable(name: string, label: string, query: string, regex = ""): VariableModel {
  return {
    type: "query",
    name,
    label,
    datasource: chosenDataSource,
    query: { refId: name, query },
    ...(regex !== "" && { regex }),
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.naturalAsc,
  };
}

/** Every node that shows the domain has the metric of its first chart. */
function nodeVariable({ id, metrics, panels }: Domain): VariableModel {
  const name = panels[0]?.panels[0]?.metrics[0];
  const metric = Object.values(metrics).find((candidate) => candidate.name === name);
  if (metric === undefined) throw new Error(`the first chart of the domain ${id} names no metric of it`);
  return queryVariable("node", "Node", `label_values(${metric.prometheusName}, node)`);
}

/** The scraped programs of the kind. Grafana writes a result of `query_result` as `{instance="…",job="…"} 1 …`. */
function programVariables({ programs }: ProgramSection): readonly VariableModel[] {
  const ofJob = `${programs} and on (job) label_replace(vector(1), "job", "$job", "", "")`;
  return [
    queryVariable("job", "Job", `query_result(${programs})`, '/job="([^"]*)"/'),
    queryVariable("instance", "Instance", `query_result(${ofJob})`, '/instance="([^"]*)"/'),
  ];
}

/** Alerts of the node that fired, as bands over all charts. ChainPulse stores them as Prometheus does: `ALERTS`. */
const firingAlerts = {
  name: "Alerts",
  enable: true,
  iconColor: "red",
  datasource: chosenDataSource,
  target: { refId: "alerts", expr: 'ALERTS{node="$node",alertstate="firing"}', range: true, instant: false },
  titleFormat: "{{alertname}}",
  textFormat: "{{severity}}",
  tagKeys: "severity",
};

function layOut(sections: readonly PanelSection[]): (GrafanaPanel | RowPanel)[] {
  const placed: (GrafanaPanel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels } of sections) {
    const row: RowPanel = {
      id: placed.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 2 * panelSize.w, h: 1 },
      panels: [],
    };
    placed.push(row);
    y += 1;
    for (const [index, panel] of panels.entries()) {
      const gridPos = { x: (index % 2) * panelSize.w, y: y + Math.floor(index / 2) * panelSize.h, ...panelSize };
      placed.push(grafanaPanel(panel, placed.length + 1, gridPos));
    }
    y += Math.ceil(panels.length / 2) * panelSize.h;
  }
  return placed;
}
