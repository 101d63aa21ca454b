/** The process table: the rows of the view group `process`, sorted and cut into pages. REST and live streams show the same. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { ViewList } from "../../core/view.ts";
import type { Services } from "../services.ts";
import type { TickValues } from "./tick-values.ts";
import type { ViewPlan } from "./view-plan.ts";
import { readViews, type RowValues } from "./view-values.ts";

/** What a domain calls the group and its list, by the HTTP contract. */
const groupName = "process";
const listName = "processes";

/** Which part of the table, in which order. */
export interface ProcessQuery {
  /** Default: this one. */
  readonly node?: string | undefined;
  /** A field of the list; default: its first. */
  readonly sort?: string | undefined;
  readonly order?: "asc" | "desc" | undefined;
  readonly limit: number;
  readonly offset: number;
}

export const processPage = z.object({
  timestampMs: z.number().nullable(),
  total: z.number(),
  next: z.string().nullable(),
  processes: z.array(z.record(z.string(), z.union([z.string(), z.number().nullable()]))),
  units: z.record(z.string(), z.string()),
});

/** One page of the table: flat rows, the units beside them. */
export type ProcessPage = z.output<typeof processPage>;

/** Errors: `UNAVAILABLE` when no domain declares processes; `BAD_REQUEST` when there is no such column. */
export async function readProcesses(
  services: Services,
  ticks: TickValues,
  plan: ViewPlan,
  query: ProcessQuery,
): Promise<ProcessPage> {
  const group = plan.groups.find(({ name }) => name === groupName);
  const list = group?.lists?.find(({ name }) => name === listName);
  if (group === undefined || list === undefined) throw new ChainPulseError("UNAVAILABLE", "no domain declares processes");
  const values = await readViews(services, ticks, plan, {
    groups: [group],
    ...(query.node === undefined ? {} : { node: query.node }),
  });
  const rows = values.groups.get(groupName)?.lists[listName]?.rows ?? [];
  const sorted = sortRows(rows, list, query);
  const end = query.offset + query.limit;
  return {
    timestampMs: values.timestampMs,
    total: rows.length,
    next: end < rows.length ? String(end) : null,
    processes: sorted.slice(query.offset, end).map(flat),
    units: Object.fromEntries(list.fields.map(({ name, unit }) => [name, unit])),
  };
}

/** Rows without a value come last in either order. Errors: `BAD_REQUEST` when there is no such column. */
function sortRows(rows: readonly RowValues[], list: ViewList, { sort, order = "desc" }: ProcessQuery): readonly RowValues[] {
  const column = sort ?? list.fields[0]?.name ?? list.key.field;
  const sign = order === "asc" ? 1 : -1;
  if (list.fields.some(({ name }) => name === column)) {
    const valueOf = (row: RowValues): number | null => row.fields[column]?.value ?? null;
    return rows.toSorted((a, b) => {
      const [left, right] = [valueOf(a), valueOf(b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null);
      return sign * (left - right);
    });
  }
  const texts = [list.key, ...(list.labels ?? [])];
  if (!texts.some(({ field }) => field === column)) {
    const known = [...texts.map(({ field }) => field), ...list.fields.map(({ name }) => name)];
    throw new ChainPulseError("BAD_REQUEST", `processes cannot be sorted by ${column}`, { fix: `One of ${known.join(", ")}.` });
  }
  return rows.toSorted((a, b) => sign * naturalOrder.compare(a.labels[column] ?? "", b.labels[column] ?? ""));
}

const naturalOrder = new Intl.Collator("en", { numeric: true });

function flat(row: RowValues): Record<string, string | number | null> {
  const numbers = Object.entries(row.fields).map(([name, { value }]) => [name, value] as const);
  return { ...row.labels, ...Object.fromEntries(numbers) };
}
