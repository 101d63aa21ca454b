/** Queries of a chart, a figure or a table as other tools take them. */
import { expandQuery } from "../../core/promql-text.ts";
import type { ServerStatus } from "./contract.ts";
import { spanParam } from "../state/range.ts";
import { fetchStepMs } from "./step.ts";

interface Known extends Pick<ServerStatus, "samplingIntervalMs"> {
  readonly node: { readonly id: string };
}

/** What the page shows, and where it got it. */
export interface Shown {
  readonly status: Known | null;
  /** ms since the epoch. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  /** `http://127.0.0.1:9797` */
  readonly origin: string;
}

/** The same queries in one form after the other, each of which answers as it stands. */
export function takeAways(exprs: readonly string[], shown: Shown): readonly { readonly form: string; readonly text: string }[] {
  const queries = exprs.map((expr) => portableQuery(expr, shown.status));
  const urls = queries.map((query) => restUrl(query, shown));
  return [
    { form: "PromQL", text: queries.join("\n") },
    { form: "REST address", text: urls.join("\n") },
    { form: "GraphQL query", text: graphqlQuery(queries, shown) },
    // A single quote in an address is `%27`, so nothing can end the shell's quotes.
    { form: "curl command", text: urls.map((url) => `curl '${url.replaceAll("'", "%27")}'`).join("\n") },
  ];
}

/** PromQL with the page's variables filled in, so that it runs in Grafana or by hand. */
export function portableQuery(expr: string, status: Known | null): string {
  const samplingIntervalMs = status?.samplingIntervalMs ?? 1000;
  // A wide window's form (`rate` over a fixed range) is right at every step that the other tool may choose.
  const windowMs = Math.max(60_000, 4 * samplingIntervalMs);
  const context = { node: status?.node.id ?? "", stepMs: windowMs - samplingIntervalMs, samplingIntervalMs };
  // `[1m]` is what people write; the other tool need not see that ours counts in milliseconds.
  return expandQuery(expr, { ...context, scraped: true }).replaceAll(
    /\[(\d+)ms\]/g,
    (_, ms: string) => `[${spanParam(Number(ms))}]`,
  );
}

/** The query over the window as an address of the Prometheus API, absolute. */
function restUrl(query: string, { window, origin }: Shown): string {
  const url = new URL("/api/v1/query_range", origin);
  url.searchParams.set("query", query);
  url.searchParams.set("start", String(wholeSeconds(window.fromMs)));
  url.searchParams.set("end", String(wholeSeconds(window.toMs)));
  url.searchParams.set("step", String(Math.max(1, fetchStepMs(window, 1000) / 1000)));
  return url.href;
}

/** One document for all queries; strings are written as GraphQL's own, which are JSON's. */
function graphqlQuery(queries: readonly string[], { status, window }: Shown): string {
  const range = {
    nodeId: status?.node.id ?? "",
    from: String(wholeSeconds(window.fromMs)),
    to: String(wholeSeconds(window.toMs)),
  };
  const fields = queries.map((query, index) => {
    const given = Object.entries({ ...range, query }).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    const alias = queries.length === 1 ? "" : `q${index + 1}: `;
    return `  ${alias}series(${given.join(", ")}) { fromMs stepMs series { labels { name value } values } }`;
  });
  return `{\n${fields.join("\n")}\n}`;
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1000);
}
