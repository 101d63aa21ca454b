/** What runs here, what is declared, and what the dashboard draws. */
import { z } from "zod";
import type { CollectorState } from "../../collect/api.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { panelSection } from "./panel-shapes.ts";
import { absence, labels } from "./shapes.ts";

const tag = "This server";

const collectorStates = ["ok", "failing", "open", "idle", "unsupported"] as const satisfies readonly CollectorState[];

const collectStatus = z.object({
  collecting: z.boolean(),
  lastTickMs: z.number().nullable(),
  series: z.number(),
  collectors: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      state: z.enum(collectorStates),
      lastRunMs: z.number().nullable(),
      lastDurationSeconds: z.number().nullable(),
      series: z.number(),
      error: z.string().nullable(),
    }),
  ),
  absences: z.array(
    absence.extend({ collector: z.string(), source: z.string(), metrics: z.array(z.string()), sinceMs: z.number() }),
  ),
  store: z.object({
    series: z.number(),
    headSamples: z.number(),
    bytes: z.number(),
    maxBytes: z.number(),
    /** When `bytes` reaches `maxBytes` at the growth of the last days. */
    fullAtMs: z.number().nullable(),
    oldestMs: z.number().nullable(),
    newestMs: z.number().nullable(),
    partitions: z.number(),
    tiers: z.array(
      z.object({
        stepMs: z.number(),
        bytes: z.number(),
        oldestMs: z.number().nullable(),
        builtToMs: z.number().nullable(),
      }),
    ),
    samplesCommitted: z.number(),
    samplesRefused: z.number(),
    /** How often what was committed could not be brought to the disk: a power loss may cost more than a second then. */
    syncFailures: z.number(),
    quarantined: z.array(z.string()),
    state: z.enum(["ok", "full"]),
  }),
});

const status = z.object({
  version: z.string(),
  role: z.string(),
  node: z.object({ id: z.string(), type: z.string(), labels }),
  startedAtMs: z.number(),
  serverTimeMs: z.number(),
  samplingIntervalMs: z.number(),
  configFile: z.string().nullable(),
  configWarnings: z.array(z.string()),
  configError: z.string().nullable(),
  collect: collectStatus,
  /** Nodes that report here from elsewhere. */
  agents: z.number(),
  platform: z.string(),
  /** IANA name of the node's time zone. */
  timeZone: z.string(),
  nodeVersion: z.string(),
});

const viewField = z.object({
  name: z.string(),
  help: z.string(),
  unit: z.string(),
  expr: z.string().nullable(),
  reduce: z.enum(["only", "max", "min", "sum", "avg"]).optional(),
  scale: z.number().optional(),
  absent: z.object({ reason: z.string(), detail: z.string() }).optional(),
});

const viewLabel = z.object({ field: z.string(), label: z.string(), help: z.string() });

const viewList = z.object({
  name: z.string(),
  help: z.string(),
  key: viewLabel,
  labels: z.array(viewLabel).optional(),
  fields: z.array(viewField),
});

const viewGroup = z.object({
  name: z.string(),
  help: z.string(),
  fields: z.array(viewField),
  lists: z.array(viewList).optional(),
  rows: viewList.optional(),
  domain: z.string(),
});

const declaration = z.object({
  name: z.string(),
  prometheusName: z.string(),
  kind: z.enum(["counter", "gauge", "updowncounter"]),
  unit: z.string(),
  help: z.string(),
  labels: z.array(z.string()),
  domain: z.string(),
  stability: z.enum(["stable", "experimental"]),
});

export const statusRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/status",
    access: "read",
    tag,
    summary: "Version, configuration, collectors, and all that could not be read with its reason.",
    answer: { status: 200, schema: status },
    async handle({ services, ticks }) {
      const { node, sampling_interval_ms: samplingIntervalMs } = services.config();
      const { file, warnings, error } = services.configInfo();
      // Destinations have a route of their own.
      const { forward: _, ...collect } = await ticks.collectStatus();
      return {
        version: services.version,
        role: services.role,
        node: { id: services.nodeId, type: node.type, labels: node.labels },
        startedAtMs: services.startedAtMs,
        serverTimeMs: services.clock.nowMs(),
        samplingIntervalMs,
        configFile: file,
        configWarnings: warnings,
        configError: error,
        collect,
        agents: services.agents.list().length,
        platform: `${process.platform} ${process.arch}`,
        timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        nodeVersion: process.version,
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/panels",
    access: "read",
    tag,
    summary: "The declared charts; their expressions still have the variables $node, $rate and $window.",
    answer: { status: 200, schema: z.object({ sections: z.array(panelSection) }) },
    handle: ({ services }) => ({
      sections: services.domains.flatMap(({ id, title, panels }) =>
        panels.map((section) => ({ ...section, domain: id, domainTitle: title })),
      ),
    }),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/views",
    access: "read",
    tag,
    summary: "The declared views: which expression, reduction and scale is behind each field of REST and GraphQL.",
    answer: { status: 200, schema: z.object({ groups: z.array(viewGroup) }) },
    handle: ({ services }) => ({
      groups: services.domains.flatMap(({ id, views }) => views.map((group) => ({ ...group, domain: id }))),
    }),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/declarations",
    access: "read",
    tag,
    summary: "Every declared metric.",
    answer: { status: 200, schema: z.object({ metrics: z.array(declaration) }) },
    handle: ({ services }) => ({
      metrics: services.domains.flatMap((domain) =>
        Object.values(domain.metrics).map(({ name, prometheusName, kind, unit, help, prometheusLabels, stability }) => ({
          name,
          prometheusName,
          kind,
          unit,
          help,
          labels: Object.values(prometheusLabels),
          domain: domain.id,
          stability,
        })),
      ),
    }),
  }),
];
