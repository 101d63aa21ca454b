/** What `doctor` says: one item per thing it looked at, and the text made of them. */
import { escapeText } from "../io/log-format.ts";

/** `absent`: the machine has no such thing, or it may not be read; `broken`: something that should work does not. */
export type ItemState = "ok" | "absent" | "broken";

export interface DoctorItem {
  readonly area: "program" | "configuration" | "files" | "server" | "clients" | "targets" | "sources" | "checks";
  readonly subject: string;
  readonly state: ItemState;
  /** What was seen. */
  readonly detail: string;
  /** Dotted names of the metrics that cannot be had because of it. */
  readonly metrics?: readonly string[];
  /** What to do about it. */
  readonly fix?: string;
}

export interface DoctorReport {
  /** False when at least one item is broken. */
  readonly ok: boolean;
  readonly items: readonly DoctorItem[];
}

/** The report over the items. */
export function reportOf(items: readonly DoctorItem[]): DoctorReport {
  return { ok: items.every(({ state }) => state !== "broken"), items };
}

/** SGR codes of ECMA-48: green, grey, red. The words say the same without colours. */
const colours: Readonly<Record<ItemState, string>> = { ok: "32", absent: "90", broken: "31" };

/** The report for people: by area, one line per item, the fix below it. */
export function formatReport({ ok, items }: DoctorReport, colour: boolean): string {
  const lines: string[] = [];
  let area = "";
  for (const item of items) {
    if (item.area !== area) lines.push(`${lines.length === 0 ? "" : "\n"}${item.area}`);
    area = item.area;
    const word = item.state.padEnd(6);
    const mark = colour ? `\u001b[${colours[item.state]}m${word}\u001b[0m` : word;
    lines.push(`  ${mark}  ${escapeText(item.subject)}: ${escapeText(item.detail)}`);
    if (item.metrics !== undefined) lines.push(`          without it: ${escapeText(shortList(item.metrics))}`);
    if (item.fix !== undefined) lines.push(`          ${escapeText(item.fix)}`);
  }
  const broken = items.filter(({ state }) => state === "broken").length;
  lines.push("", ok ? "Nothing is broken." : `${broken} of ${items.length} are broken.`);
  return `${lines.join("\n")}\n`;
}

/** The first names; all of them are in the JSON. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`;
}
