/** Views → values of one node at one time. REST and GraphQL only give this another shape. */
import type { Absence } from "../../core/absence.ts";
import type { Labels } from "../../core/labels.ts";
import type { Reduction, ViewField, ViewGroup, ViewList } from "../../core/view.ts";
import type { Services } from "../services.ts";
import { explainAbsence, explainRemote } from "./explain-absence.ts";
import { isFailure, type Outcome, type TickValues } from "./tick-values.ts";
import { exprsOf, type ViewPlan } from "./view-plan.ts";

/** A number in the field's unit, or why there is none. */
export type FieldValue =
  | { readonly value: number; readonly unit: string }
  | { readonly value: null; readonly unit: string; readonly unavailable: Absence };

/** One row of a list. */
export interface RowValues {
  /** Key field and label fields, as strings. */
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
}

/** A list: cores, disks, models. */
export interface ListValues {
  /** In the natural order of their keys: 2 before 10. */
  readonly rows: readonly RowValues[];
  /** Why there are no rows; `null` when there are. */
  readonly unavailable: Absence | null;
}

/** One group: its numbers and its lists. */
export interface GroupValues {
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly lists: Readonly<Record<string, ListValues>>;
  /** Of a group that is itself a list. */
  readonly rows: ListValues | null;
}

/** All groups that were asked for, at one time. */
export interface NodeValues {
  readonly node: string;
  /** Time of the values; `null` when the store is empty. */
  readonly timestampMs: number | null;
  readonly groups: ReadonlyMap<string, GroupValues>;
}

interface Reading {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Why a field without a value has none; `source` names the row (a device, a pid) where there is one. */
  readonly explain: (field: ViewField, problem: string | null, source: string | null) => Absence;
}

/** Values of `groups` (default: all of them) of `node` (default: this one) at `timeMs` (default: the newest tick). */
export async function readViews(
  services: Services,
  ticks: TickValues,
  plan: ViewPlan,
  options: { readonly groups?: readonly ViewGroup[]; readonly node?: string; readonly timeMs?: number | null } = {},
): Promise<NodeValues> {
  const { groups = plan.groups, node = services.nodeId } = options;
  const timeMs = options.timeMs === undefined ? await ticks.latestMs() : options.timeMs;
  const [outcomes, status] = await Promise.all([
    timeMs === null ? new Map<string, Outcome>() : ticks.evaluate(exprsOf(groups), timeMs, node),
    ticks.collectStatus(),
  ]);
  const explain = (field: ViewField, problem: string | null, source: string | null): Absence =>
    node === services.nodeId
      ? explainAbsence({
          field,
          problem,
          source,
          timeMs,
          status,
          plan,
          config: services.config(),
          nowMs: services.clock.nowMs(),
        })
      : explainRemote(field, problem, node);
  const reading = { outcomes, explain };
  const values = groups.map((group) => [group.name, readGroup(group, reading)] as const);
  return { node, timestampMs: timeMs, groups: new Map(values) };
}

function readGroup(group: ViewGroup, reading: Reading): GroupValues {
  return {
    fields: Object.fromEntries(group.fields.map((field) => [field.name, readField(field, reading)])),
    lists: Object.fromEntries((group.lists ?? []).map((list) => [list.name, readList(list, reading)])),
    rows: group.rows === undefined ? null : readList(group.rows, reading),
  };
}

function readField(field: ViewField, reading: Reading): FieldValue {
  const { elements, problem } = elementsOf(field, reading.outcomes);
  return valueOf(field, elements, problem, null, reading);
}

interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** The elements of the field's vector (a scalar is one without labels), or what went wrong. */
function elementsOf(
  field: ViewField,
  outcomes: ReadonlyMap<string, Outcome>,
): { readonly elements: readonly Element[]; readonly problem: string | null } {
  const outcome = field.expr === null ? undefined : outcomes.get(field.expr);
  if (outcome === undefined) return { elements: [], problem: null };
  if (isFailure(outcome)) return { elements: [], problem: `${outcome.code}: ${outcome.message}` };
  if (outcome.type === "vector") return { elements: outcome.samples, problem: null };
  if (outcome.type === "scalar") return { elements: [{ labels: {}, value: outcome.value }], problem: null };
  return { elements: [], problem: `the view's expression gives a ${outcome.type}, not a vector` };
}

function valueOf(
  field: ViewField,
  elements: readonly Element[],
  problem: string | null,
  source: string | null,
  reading: Reading,
): FieldValue {
  const absent = (why: string | null): FieldValue => ({
    value: null,
    unit: field.unit,
    unavailable: reading.explain(field, why, source),
  });
  if (problem !== null || elements.length === 0) return absent(problem);
  const reduction = field.reduce ?? "only";
  if (reduction === "only" && elements.length > 1) {
    return absent(`the view's expression gives ${elements.length} series where the view declares one`);
  }
  const value = reduce(elements, reduction) * (field.scale ?? 1);
  return Number.isFinite(value)
    ? { value, unit: field.unit }
    : absent(`the expression's value is ${value}, not a finite number`);
}

/** One number of several; `only` takes the sum, callers have refused more than one before. */
export function reduce(elements: readonly { readonly value: number }[], reduction: Reduction): number {
  let result = elements[0]?.value ?? Number.NaN;
  for (const { value } of elements.slice(1)) {
    if (reduction === "max") result = Math.max(result, value);
    else if (reduction === "min") result = Math.min(result, value);
    else result += value;
  }
  return reduction === "avg" ? result / elements.length : result;
}

function readList(list: ViewList, reading: Reading): ListValues {
  const byRow = new Map<string, Map<ViewField, Element[]>>();
  const labels = new Map<string, Record<string, string>>();
  const problems = new Map<ViewField, string | null>();
  for (const field of list.fields) {
    const { elements, problem } = elementsOf(field, reading.outcomes);
    problems.set(field, problem);
    for (const element of elements) {
      const key = element.labels[list.key.label];
      if (key === undefined) continue;
      const row = byRow.get(key) ?? new Map<ViewField, Element[]>();
      byRow.set(key, row);
      const cell = row.get(field);
      if (cell === undefined) row.set(field, [element]);
      else cell.push(element);
      // The further labels are declared to be those of the first field; a row it does not have takes what it finds.
      if (!labels.has(key)) labels.set(key, labelsOf(list, key, element.labels));
    }
  }
  const rows = [...byRow]
    .sort(([a], [b]) => naturalOrder.compare(a, b))
    .map(([key, cells]) => ({
      labels: labels.get(key) ?? { [list.key.field]: key },
      fields: Object.fromEntries(
        list.fields.map((field) => [
          field.name,
          valueOf(field, cells.get(field) ?? [], problems.get(field) ?? null, key, reading),
        ]),
      ),
    }));
  const [first] = list.fields;
  const empty = rows.length === 0 && first !== undefined;
  return { rows, unavailable: empty ? reading.explain(first, problems.get(first) ?? null, null) : null };
}

const naturalOrder = new Intl.Collator("en", { numeric: true });

function labelsOf(list: ViewList, key: string, labels: Labels): Record<string, string> {
  const shown: Record<string, string> = { [list.key.field]: key };
  // A missing label and an empty one are the same thing in the data model.
  for (const { field, label } of list.labels ?? []) shown[field] = labels[label] ?? "";
  return shown;
}
