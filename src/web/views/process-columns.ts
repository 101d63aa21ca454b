/** Which columns the process table has, from what the server sent. */
import type { ViewField } from "../../core/view.ts";
import type { ProcessList } from "../data/contract.ts";
import { viewGroups } from "../data/server.ts";

/** The figures that one looks for first, by their names in the node's view. */
const mainFields = new Set([
  "cpuPercent",
  "residentBytes",
  "ioReadBytesPerSecond",
  "ioWriteBytesPerSecond",
  "majorFaultsPerSecond",
  "runDelayPercent",
  "threads",
  "openFiles",
]);

/** Columns that are no figures: the row's key first, then those of its labels that any row has. */
export function textFields(list: ProcessList): readonly string[] {
  const texts = Object.keys(list.processes[0] ?? {}).filter((field) => !(field in list.units));
  return texts.filter((field) => list.processes.some((row) => row[field] !== ""));
}

/** Columns with figures, in the order of the declaration; the main ones, or `all`. */
export function figureFields(list: ProcessList, all: boolean): readonly string[] {
  const known = Object.keys(list.units);
  const main = known.filter((field) => mainFields.has(field));
  return all || main.length === 0 ? known : main;
}

/** What the node's view declares of a column; `undefined` for those that are no figures. */
export function declaredField(field: string): ViewField | undefined {
  const list = viewGroups.value.find((group) => group.name === "process")?.lists?.find((one) => one.name === "processes");
  return list?.fields.find((one) => one.name === field);
}
