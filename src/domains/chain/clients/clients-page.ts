/**
 * The page of clients in the docs: what each is read for, from where, and on what that rests. Made of the clients' own declarations.
 */
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { describedItems, evidenceText } from "./describe-client.ts";

/** Markdown. `notice`: the line that says that the page is generated. */
export function clientsPage(kinds: readonly ClientKind[], notice: string): string {
  return [
    "# Blockchain clients",
    notice,
    "What ChainPulse reads of which client, and on what the mapping rests: *live* and *captured* mappings are tested on a running client or on the output of one; the rest was written from public sources and is not verified.",
    overview(kinds),
    "**m**: from the client's own metrics. **a**: ChainPulse asks the client, and computes what the client does not. **–**: the client does not tell; the reason is below.",
    ...kinds.map(section),
  ]
    .join("\n\n")
    .concat("\n");
}

function overview(kinds: readonly ClientKind[]): string {
  const columns = kinds.map((kind) => ({ kind, items: describedItems(kind) }));
  const [first] = columns;
  const rows = (first?.items ?? []).map(({ item }, row) =>
    tableRow([item.title, ...columns.map(({ items }) => letters(items[row]?.sources ?? []))]),
  );
  return [
    tableRow(["", ...kinds.map(({ title }) => title)]),
    tableRow(["---", ...kinds.map(() => ":-:")]),
    tableRow(["*Evidence*", ...kinds.map(({ evidence }) => evidence.kind)]),
    ...rows,
  ].join("\n");
}

function letters(sources: readonly ItemSource[]): string {
  const letter = { metric: "m", rpc: "a", none: "–" } as const;
  const told = [...new Set(sources.map(({ from }) => letter[from]))].filter((one) => one !== "–");
  return told.length === 0 ? "–" : told.join(" ");
}

function section(kind: ClientKind): string {
  const { id, title, layer, ports, evidence, notes = [] } = kind;
  const found = [
    ...ports.rpc.map((port) => `${port}`),
    ...ports.metrics.map(({ port, path }) => `${port}\`${path}\` (metrics)`),
  ];
  const facts = [
    `- In the configuration: \`kind: ${id}\``,
    `- Layer: ${layer}`,
    `- ${found.length === 0 ? "Never found by itself" : `Found by itself at ports ${found.join(", ")}`}`,
    `- Evidence: ${evidenceText(evidence)}`,
    ...notes.map((note) => `- ${note}`),
  ];
  const rows = describedItems(kind).map(({ item, sources }) => tableRow([item.title, sources.map(cell).join("; ")]));
  return [`## ${title}`, facts.join("\n"), [tableRow(["Item", "From"]), tableRow(["---", "---"]), ...rows].join("\n")].join(
    "\n\n",
  );
}

function cell(source: ItemSource): string {
  if (source.from === "none") return `– ${source.why}`;
  const names = source.from === "metric" ? source.metrics : source.methods;
  return `${source.from === "metric" ? "metrics" : "asks"} ${names.map((name) => `\`${name}\``).join(", ")}`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}
