/** Prometheus's own tool reads `/metrics` and `/federate`, and asks the HTTP API as it would ask a Prometheus. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { remoteWrite } from "../../bench/support/remote-write.ts";
import { sampleSet } from "../../bench/support/store-samples.ts";
import { cpuMetrics } from "../../src/domains/host/cpu/metrics.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";

/** What was written to us without metadata has no help: a Prometheus federates it likewise. */
const withoutHelp = /^received_requests_total no help text$/;
/** OpenTelemetry's names end in `count` where Prometheus's linter wants that kept for histograms; the names are the standard's. */
const accepted = /non-histogram and non-summary metrics should not have "_count" suffix$/;

const metric = cpuMetrics.cpuTime.prometheusName;

let server: RunningServer;
before(async () => {
  server = await startChainPulse({ config: "performance_monitoring: { node: { id: node-1 } }\n" });
});
after(() => server.stop());

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function promtool(args: readonly string[], input = ""): Promise<Run> {
  const child = spawn("promtool", args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const ended = once(child, "close");
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { code: child.exitCode ?? -1, output, errors };
}

/** A query that succeeded: its lines. */
async function ask(...args: readonly string[]): Promise<readonly string[]> {
  const { code, output, errors } = await promtool(["query", ...args]);
  assert.deepEqual([code, errors], [0, ""], args.join(" "));
  return output.split("\n").filter((line) => line !== "");
}

/** Somebody writes it to us, with labels that have to be escaped. */
const received = "received_requests_total";

describe("promtool check metrics", () => {
  before(async () => {
    const labels = { __name__: received, instance: 'quoted "and\\slashed"\n' };
    const series = { labels, timestampsMs: Float64Array.of(Date.now()), values: Float64Array.of(1) };
    await remoteWrite(`${server.origin}/api/v1/write`, sampleSet([series]));
  });

  // If this fails, a Prometheus that scrapes this node drops the scrape, or its users are told off by their own tools.
  for (const [path, has] of [
    ["/metrics", metric],
    [`/federate?match[]=${metric}`, metric],
    [`/federate?match[]=${received}`, received],
  ] as const) {
    it(`finds nothing wrong in ${path}, others' series beside ours or not`, async () => {
      const exposition = await (await fetch(`${server.origin}${path}`)).text();
      assert.ok(exposition.includes(`${has}{`));
      // What others have sent is theirs to expose: a Prometheus that reads both would have it twice.
      assert.ok(path !== "/metrics" || !exposition.includes(received));
      const { output, errors } = await promtool(["check", "metrics"], exposition);
      const complaints = `${output}${errors}`
        .split("\n")
        .filter((line) => line !== "" && !accepted.test(line) && !withoutHelp.test(line));
      assert.deepEqual(complaints, []);
    });
  }
});

describe("promtool query", () => {
  // If this fails, operators' scripts that ask a Prometheus do not work with this server.
  it("instant: a scalar and a vector", async () => {
    assert.match((await ask("instant", server.origin, "1+1")).join(), /^scalar: 2 @\[/);
    const lines = await ask("instant", server.origin, `sum by (node) (${metric})`);
    assert.match(lines.join(), /^\{node="node-1"\} => [\d.]+ @\[\d+(?:\.\d+)?\]$/);
  });

  it("range: pairs of value and time", async () => {
    const now = Math.floor(Date.now() / 1000);
    const lines = await ask(
      "range",
      "--start",
      String(now - 10),
      "--end",
      String(now),
      "--step",
      "5s",
      server.origin,
      "vector(7)",
    );
    assert.deepEqual(lines, ["{} =>", `7 @[${now - 10}]`, `7 @[${now - 5}]`, `7 @[${now}]`]);
  });

  it("series and labels, with and without times", async () => {
    const now = String(Math.ceil(Date.now() / 1000));
    for (const times of [[], ["--start", "0", "--end", now]]) {
      const series = await ask("series", "--match", metric, ...times, server.origin);
      assert.ok(series.length >= 8, series.join("\n"));
      assert.ok(
        series.every((line) => line.includes(`node="node-1"`) && line.includes(metric)),
        series.join("\n"),
      );
      assert.ok((await ask("labels", ...times, server.origin, "__name__")).includes(metric));
    }
  });

  it("a mistake is told with its place", async () => {
    const { code, errors } = await promtool(["query", "instant", server.origin, "sum("]);
    assert.notEqual(code, 0);
    assert.match(errors, /bad_data: invalid parameter "query": 1:5: parse error: /);
  });
});
