/** Asks every node that has a client for one figure over the page's window. */
import { fleetUrl, type FleetPage } from "../../data/fleet.ts";
import { getJson, errorText, sendJson } from "../../data/http.ts";
import type { SeriesAnswer } from "../../data/contract.ts";
import { playing } from "../../data/query-board.ts";
import { serverNow, status, urlOfNode } from "../../data/server.ts";
import { fetchStepMs } from "../../data/step.ts";
import { useAsked, type Polled } from "../../data/use-polled.ts";
import { bounds } from "../../state/range.ts";
import { timeRange } from "../../state/time-range.ts";
import { comparedRows, type Asked, type ComparedRow, type NodeAnswer } from "./compare-rows.ts";

/** As many nodes as the server lists at once; each is one request, some at a time. */
const nodesMax = 100;
const atOnce = 4;
const pointsLooked = 120;
const refreshMs = 10_000;

/** Figures that only a node with a client has (`domains/chain/fleet.ts`). */
const chainFigures = ["syncLagBlocks", "headAgeSeconds", "chainPeers", "attestationPercent"] as const;

export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Nodes that were asked. */
  readonly nodes: number;
  readonly problems: readonly string[];
}

export function useComparison(asked: Asked | undefined): Polled<Comparison> {
  const range = timeRange.value;
  const repeats = range.kind === "last" && playing.value;
  const key = asked === undefined ? null : JSON.stringify([asked.list.name, asked.field.name, range]);
  return useAsked(key, repeats ? refreshMs : null, async (signal) => {
    if (asked === undefined) return { rows: [], nodes: 0, problems: [] };
    return compare(asked, bounds(range, serverNow()), signal);
  });
}

type Window = ReturnType<typeof bounds>;

async function compare(asked: Asked, window: Window, signal: AbortSignal): Promise<Comparison> {
  const nodes = await nodesWithClients(signal);
  const answers: NodeAnswer[] = [];
  const problems: string[] = [];
  for (let start = 0; start < nodes.length; start += atOnce) {
    const part = nodes.slice(start, start + atOnce);
    const settled = await Promise.allSettled(part.map((node) => askNode(node, asked, window, signal)));
    for (const [index, outcome] of settled.entries()) {
      if (outcome.status === "fulfilled") answers.push(outcome.value);
      else problems.push(`${part[index] ?? ""}: ${errorText(outcome.reason)}`);
    }
  }
  return { rows: comparedRows(asked, answers), nodes: nodes.length, problems };
}

/** The figures of a list have those of the last minutes only; the node that serves the page is asked in any case. */
async function nodesWithClients(signal: AbortSignal): Promise<readonly string[]> {
  const query = new URLSearchParams({ limit: String(nodesMax), sort: "headAgeSeconds", order: "desc" });
  const { nodes } = await getJson<FleetPage>(`${fleetUrl}?${query.toString()}`, signal);
  const own = status.value?.node.id;
  return nodes
    .filter(({ id, figures }) => id === own || chainFigures.some((name) => (figures[name] ?? null) !== null))
    .map(({ id }) => id);
}

async function askNode(
  node: string,
  { list, field, clients }: Asked,
  window: Window,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  const about = clients.fields[0]?.expr ?? null;
  const exprs = { figure: field.expr, about };
  const queries = Object.entries(exprs).flatMap(([id, expr]) => (expr === null ? [] : [{ id, expr }]));
  const fineMs = fetchStepMs(window, status.peek()?.samplingIntervalMs ?? 1000);
  const stepMs = Math.max(fineMs, Math.round((window.toMs - window.fromMs) / pointsLooked));
  const body = { queries, from: window.fromMs / 1000, to: window.toMs / 1000, stepMs };
  const { results } = await sendJson<SeriesAnswer>("POST", urlOfNode(node, "/series"), body, signal);
  const failed = results.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw new Error(`${list.name}.${field.name}: ${failed.detail}`);
  const seriesOf = (id: keyof typeof exprs) => results.find((result) => result.id === id)?.series ?? [];
  return { node, figure: seriesOf("figure"), about: seriesOf("about") };
}
