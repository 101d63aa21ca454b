/** One page of the fleet: filtered, sorted and cut on the server, so that a thousand nodes cost a browser no more than fifty. */
import { z } from "zod";
import { nodeTypes } from "../../core/node-type.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { ServeContext } from "../context.ts";
import { type FleetNode, fleetNode, nodeStatuses, readFleet } from "./fleet-nodes.ts";
import type { FleetReader } from "./fleet-figures.ts";

/** Some 60 KB. */
export const pageMax = 100;

/** `ok`: no alert fires for the node; `unknown`: nobody looks (an agent has no rules, a node never came). */
const healths = ["ok", "warning", "critical", "unknown"] as const;

export const fleetRow = fleetNode.extend({
  health: z.enum(healths),
  figures: z.record(z.string(), z.number().nullable()).meta({ description: "Percent and the like, by name; see `columns`." }),
});

export type FleetRow = z.output<typeof fleetRow>;

/** Text that a person types, or several values by comma. */
const listOf = <T extends string>(values: readonly T[]) =>
  z
    .string()
    .max(256)
    .transform((text) => text.split(",").map((word) => word.trim()))
    .pipe(z.array(z.enum(values)));

export const fleetQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(pageMax).default(50),
  cursor: z.string().max(512).optional().meta({ description: "`next` of the page before." }),
  q: z.string().max(128).optional().meta({ description: "Part of an id, a type, a label or an address." }),
  type: listOf(nodeTypes).optional(),
  status: listOf(nodeStatuses).optional(),
  health: listOf(healths).optional(),
  label: z
    .string()
    .max(1200)
    .regex(/^[^=]+=/)
    .optional()
    .meta({ description: "NAME=VALUE" }),
  sort: z.string().max(64).default("id").meta({ description: "id, type, status, health, lastSampleMs, or a figure." }),
  order: z.enum(["asc", "desc"]).default("asc"),
});

export type FleetQuery = z.output<typeof fleetQuery>;

export const fleetPage = z.object({
  timestampMs: z.number().nullable().meta({ description: "Of the figures." }),
  nodes: z.array(fleetRow),
  next: z.string().nullable(),
  /** Of all nodes that the filters let through. */
  total: z.number(),
  /** Of all nodes: how many there are of each. */
  counts: z.object({
    status: z.record(z.string(), z.number()),
    type: z.record(z.string(), z.number()),
    health: z.record(z.string(), z.number()),
  }),
  columns: z.array(z.object({ name: z.string(), help: z.string(), unit: z.string() })),
  problems: z.array(z.string()),
});

export type FleetPage = z.output<typeof fleetPage>;

/** Errors: `BAD_REQUEST` for a column or a cursor that is none. */
export async function readFleetPage(
  context: Pick<ServeContext, "services" | "ticks">,
  reader: FleetReader,
  query: FleetQuery,
): Promise<FleetPage> {
  const [nodes, figures] = await Promise.all([readFleet(context), reader.read()]);
  const hasRules = context.services.role !== "agent";
  const rows = nodes.map((node): FleetRow => {
    const values = figures.values.get(node.id) ?? {};
    const health = figures.alerts.get(node.id) ?? (hasRules && node.status !== "never" ? "ok" : "unknown");
    return { ...node, health, figures: Object.fromEntries(reader.figures.map(({ name }) => [name, values[name] ?? null])) };
  });
  const key = keyOf(reader, query.sort);
  const sign = query.order === "asc" ? 1 : -1;
  const chosen = rows.filter((row) => isChosen(row, query)).sort((a, b) => compare([key(a), a.id], [key(b), b.id], sign));
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  const start = after === null ? 0 : chosen.findIndex((row) => compare([key(row), row.id], after, sign) > 0);
  const page = start < 0 ? [] : chosen.slice(start, start + query.limit);
  const last = page.at(-1);
  return {
    timestampMs: figures.timestampMs,
    nodes: page,
    next: last === undefined || start + page.length >= chosen.length ? null : cursorOfRow(reader, query.sort, last),
    total: chosen.length,
    counts: { status: countBy(rows, "status"), type: countBy(rows, "type"), health: countBy(rows, "health") },
    columns: reader.figures.map(({ name, help, unit }) => ({ name, help, unit })),
    problems: [...figures.problems],
  };
}

/** Where a row stands; the id decides among equals, and `null` comes last in either order. */
type Place = readonly [key: string | number | null, id: string];

function compare([a, aId]: Place, [b, bId]: Place, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null) || naturalOrder.compare(aId, bId);
  const order = typeof a === "number" && typeof b === "number" ? a - b : naturalOrder.compare(String(a), String(b));
  return sign * order || naturalOrder.compare(aId, bId);
}

const naturalOrder = new Intl.Collator("en", { numeric: true });
const healthOrder = new Map(healths.map((health, index) => [health, index] as const));
const statusOrder = new Map(nodeStatuses.map((status, index) => [status, index] as const));

function keyOf({ figures }: FleetReader, sort: string): (row: FleetRow) => string | number | null {
  switch (sort) {
    case "id":
    case "type":
    case "lastSampleMs":
      return (row) => row[sort];
    case "status":
      return (row) => statusOrder.get(row.status) ?? null;
    case "health":
      return (row) => healthOrder.get(row.health) ?? null;
  }
  if (figures.some(({ name }) => name === sort)) return (row) => row.figures[sort] ?? null;
  const known = ["id", "type", "status", "health", "lastSampleMs", ...figures.map(({ name }) => name)];
  throw new ChainPulseError("BAD_REQUEST", `nodes cannot be sorted by ${sort}`, { fix: `One of ${known.join(", ")}.` });
}

function isChosen(row: FleetRow, { q, type, status, health, label }: FleetQuery): boolean {
  if (type !== undefined && !type.includes(row.type)) return false;
  if (status !== undefined && !status.includes(row.status)) return false;
  if (health !== undefined && !health.includes(row.health)) return false;
  if (label !== undefined && !hasLabel(row, label)) return false;
  return q === undefined || textOf(row).includes(q.toLowerCase());
}

function hasLabel({ labels }: FleetNode, wanted: string): boolean {
  const at = wanted.indexOf("=");
  const name = wanted.slice(0, at);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(at + 1);
}

function textOf({ id, type, labels, agent }: FleetNode): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [id, type, agent?.address ?? "", ...pairs].join("\n").toLowerCase();
}

function countBy(rows: readonly FleetRow[], field: "status" | "type" | "health"): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(rows, (row) => row[field])].map(([value, { length }]) => [value, length]));
}

/** Where a row stands in the list sorted by a column: what comes after it is the next page. */
export function cursorOfRow(reader: FleetReader, sort: string, row: FleetRow): string {
  return cursorOf([keyOf(reader, sort)(row), row.id]);
}

function cursorOf(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

const place = z.tuple([z.union([z.string(), z.number(), z.null()]), z.string()]);

function readCursor(cursor: string): Place {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch (cause) {
    throw new ChainPulseError("BAD_REQUEST", "the cursor is none of this list", { cause });
  }
}
