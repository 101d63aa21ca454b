/** The generated Grafana dashboards as files, with the parts that tests look at. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./checks.ts";

export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPos;
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface DashboardFile {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
  readonly annotations: { readonly list: readonly { readonly target: { readonly expr: string } }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly query: string | { readonly query: string };
      readonly regex?: string;
    }[];
  };
}

/** Id of the domain and its dashboard. */
export const dashboards: readonly (readonly [string, DashboardFile])[] = globSync("deploy/grafana/dashboards/*.json", {
  cwd: root,
}).map((path) => [basename(path, ".json"), JSON.parse(readFileSync(join(root, path), "utf8"))]);

export const dashboardQueries = dashboards.flatMap(([domain, { panels }]) =>
  panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ domain, title, expr }))),
);
