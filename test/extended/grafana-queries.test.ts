/** Every query of the generated Grafana dashboards, asked of a running node as Grafana asks it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { domains } from "../../src/domains/index.ts";
import { type Expr, isComparison } from "../../src/query/ast.ts";
import { childrenOf } from "../../src/query/parser/children.ts";
import { parseQuery } from "../../src/query/parser/parser.ts";
import { printQuery } from "../../src/query/printer.ts";
import { type Running, startPeer } from "../../bench/support/running.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "../e2e/support/doors.ts";
import { dashboardQueries, dashboards } from "../support/grafana-dashboards.ts";

const dottedNames: ReadonlyMap<string, string> = new Map(
  domains.flatMap((domain) => Object.values(domain.metrics).map((metric) => [metric.prometheusName, metric.name])),
);
const node = "node-1";
const job = "exporter";

/**
 * Kinds of programs that have charts, and none of which runs here; a Go program does: node_exporter. That the chain's charts draw something is
 * seen in test/chain-views.test.ts, and test/tracing-domain.test.ts sees those of tracing.
 */
const programsNotHere: Readonly<Record<string, string>> = {
  chain: "a blockchain client",
  tracing: "a blockchain client",
  "runtime-jvm": "a JVM",
  "runtime-dotnet": "a .NET program",
  "runtime-nodejs": "a Node.js program with a Prometheus client",
  "runtime-python": "a Python program with a Prometheus client",
};

/** What not every machine or program has, and no reader of it can tell from a machine where nothing of it happens. */
const machineDependent: Readonly<Record<string, string>> = {
  system_paging_usage_bytes: "swap space",
  chainpulse_forward_spans_total: "a hub, or a receiver of traces",
  go_gc_gomemlimit_bytes: "a Go program with a client library of 2023 or newer",
  chainpulse_host_cgroup_cpu_throttled_time_seconds_total: "a control group with a limit of processor time",
  chainpulse_host_cgroup_memory_limit_bytes: "a control group with a limit of memory",
  chainpulse_host_tcp_connection_rtt_seconds: "a connection to another machine",
  chainpulse_host_tcp_connection_count: "a connection to another machine",
  chainpulse_host_tcp_connection_sent_bytes_total: "a connection to another machine",
  chainpulse_host_tcp_connection_retransmitted_bytes_total: "a connection to another machine",
  chainpulse_host_tcp_peer_rtt_seconds: "a connection to another machine",
  chainpulse_host_tcp_peer_connection_count: "a connection to another machine",
  chainpulse_host_tcp_peer_sent_bytes_total: "a connection to another machine",
  chainpulse_host_tcp_peer_retransmitted_bytes_total: "a connection to another machine",
};

describe("every query of the dashboards", () => {
  let server: RunningServer;
  let exporter: Running;

  /** As Grafana fills them, with a window in which the slowest collector runs twice. */
  const filled = (expr: string): string =>
    expr
      .replaceAll("$node", node)
      .replaceAll("$job", job)
      .replaceAll("$instance", new URL(exporter.url).host)
      .replaceAll("$__rate_interval", "1m");

  async function hasData(expr: string): Promise<boolean> {
    const end = Date.now() / 1000;
    const range = { query: filled(expr), start: String(end - 15), end: String(end), step: "1" };
    const response = await fetch(`${server.origin}/api/v1/query_range`, { method: "POST", body: new URLSearchParams(range) });
    // Prometheus's envelope, of which only this is read.
    const { data, error } = (await response.json()) as { data?: { result: readonly unknown[] }; error?: string };
    return (data?.result ?? assert.fail(`${expr}: ${error}`)).length > 0;
  }

  /** Whether each metric that has no series is one that the node says it cannot read, or one that not every machine has. */
  async function isExplained(expr: string): Promise<boolean> {
    const { collect } = await getJson<{ collect: { absences: { metrics: string[] }[] } }>(
      `${server.origin}/api/v1/performance/status`,
    );
    const absent = new Set(collect.absences.flatMap(({ metrics }) => metrics));
    const tree = parseQuery(filled(expr));
    const missing: string[] = [];
    for (const found of nodesOf(tree)) {
      if (found.kind === "selector" && !(await hasData(printQuery(found)))) missing.push(found.name ?? "");
    }
    if (missing.length > 0) return missing.every((name) => name in machineDependent || absent.has(dottedNames.get(name) ?? ""));
    // Everything is there, and a filter of the query leaves nothing of it: no traffic, for one.
    return nodesOf(tree).some((found) => found.kind === "binary" && isComparison(found.operator));
  }

  before(async () => {
    exporter = await startPeer("prometheus-node-exporter", (port) => [`--web.listen-address=127.0.0.1:${port}`], "/metrics");
    const scraped = { job_name: job, scrape_interval: "1s", static_configs: [{ targets: [new URL(exporter.url).host] }] };
    // Whatever it says to that: the charts of what is sent on are about the sending.
    const destination = { url: new URL("/write", exporter.url).href };
    const config = {
      performance_monitoring: { node: { id: node }, scrape: { scrape_configs: [scraped] }, remote_write: [destination] },
    };
    server = await startChainPulse({ config: JSON.stringify(config) });
  });
  after(async () => {
    await server.stop();
    await exporter[Symbol.asyncDispose]();
  });

  it("returns data, or this machine lacks what it asks for", async () => {
    // A panel of the dashboard stays empty, and nobody can tell whether the machine or the query is at fault, if this fails.
    let empty = dashboardQueries;
    for (let attempt = 0; attempt < 60 && empty.length > 0; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 500));
      const still: typeof empty = [];
      for (const query of empty) {
        const fine = (await hasData(query.expr)) || query.domain in programsNotHere || (await isExplained(query.expr));
        if (!fine) still.push(query);
      }
      empty = still;
    }
    assert.deepEqual(empty, []);
  });

  it("and the variables and annotations, too", async () => {
    for (const [id, { templating, annotations }] of dashboards) {
      for (const { name, query, regex } of templating.list.slice(1)) {
        const asked = typeof query === "object" ? query.query : "";
        const metric = /^label_values\((\w+), node\)$/.exec(asked)?.[1];
        if (metric !== undefined) {
          const nodes = await getJson<{ data: string[] }>(`${server.origin}/api/v1/label/node/values?match[]=${metric}`);
          assert.deepEqual(nodes.data, id in programsNotHere ? [] : [node]);
          continue;
        }
        const expr = /^query_result\((.*)\)$/.exec(asked)?.[1] ?? assert.fail(asked);
        assert.equal(regex, `/${name}="([^"]*)"/`);
        assert.equal(await hasData(expr), !(id in programsNotHere), expr);
      }
      for (const { target } of annotations.list) await hasData(target.expr);
    }
  });
});

function nodesOf(expr: Expr): readonly Expr[] {
  return [expr, ...(expr.kind === "range" ? [expr.selector] : childrenOf(expr)).flatMap(nodesOf)];
}
