/** View values → the JSON of `…/metrics`, and its schema from the same declarations. */
import { z } from "zod";
import type { ViewField, ViewGroup, ViewList } from "../../core/view.ts";
import type { FieldValue, GroupValues, ListValues, NodeValues } from "../views/view-values.ts";
import { absence } from "./shapes.ts";

/**
 * `{ node, timestampMs, cpu: { usagePercent: { value, unit } , coreMetrics: [ … ] }, aiModels: [ … ], unavailable: { aiModels: … } }`.
 * An empty list's reason stands under its name in the `unavailable` of what holds the list.
 */
export function viewJson(values: NodeValues): Record<string, unknown> {
  const body: Record<string, unknown> = { node: values.node, timestampMs: values.timestampMs };
  const unavailable: Record<string, unknown> = {};
  for (const [name, group] of values.groups) {
    body[name] = group.rows === null ? groupJson(group) : rowsJson(group.rows);
    if (group.rows !== null && group.rows.unavailable !== null) unavailable[name] = group.rows.unavailable;
  }
  return { ...body, unavailable };
}

function groupJson({ fields, lists }: GroupValues): Record<string, unknown> {
  const body: Record<string, unknown> = { ...fields };
  const unavailable: Record<string, unknown> = {};
  for (const [name, list] of Object.entries(lists)) {
    body[name] = rowsJson(list);
    if (list.unavailable !== null) unavailable[name] = list.unavailable;
  }
  return { ...body, unavailable };
}

function rowsJson({ rows }: ListValues): readonly Record<string, string | FieldValue>[] {
  return rows.map((row) => ({ ...row.labels, ...row.fields }));
}

/** The schema of `viewJson`'s result. */
export function viewSchema(groups: readonly ViewGroup[]): z.ZodObject {
  const shape = Object.fromEntries(groups.map((group) => [group.name, groupSchema(group)]));
  return z.object({ node: z.string(), timestampMs: z.number().nullable(), ...shape, unavailable: unavailableSchema });
}

const unavailableSchema = z
  .record(z.string(), absence)
  .meta({ id: "EmptyLists", description: "Why a list is empty, by the list's name." });

function groupSchema(group: ViewGroup): z.ZodType {
  if (group.rows !== undefined) return listSchema(group.rows);
  const fields = Object.fromEntries(group.fields.map((field) => [field.name, fieldSchema(field)]));
  const lists = Object.fromEntries((group.lists ?? []).map((list) => [list.name, listSchema(list)]));
  return z.object({ ...fields, ...lists, unavailable: unavailableSchema }).meta({ description: group.help });
}

function listSchema(list: ViewList): z.ZodType {
  const strings = [list.key, ...(list.labels ?? [])].map(
    ({ field, help }) => [field, z.string().meta({ description: help })] as const,
  );
  const fields = list.fields.map((field) => [field.name, fieldSchema(field)] as const);
  return z.array(z.object(Object.fromEntries<z.ZodType>([...strings, ...fields]))).meta({ description: list.help });
}

const value = z
  .object({ value: z.number().nullable(), unit: z.string(), unavailable: absence.optional() })
  .meta({ id: "Value", description: "A number in its unit, or why there is none." });

function fieldSchema({ help, unit }: ViewField): z.ZodType {
  return value.meta({ description: `${help} Unit: \`${unit}\`.` });
}
