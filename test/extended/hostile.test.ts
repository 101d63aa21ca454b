/**
 * A running node with 200,000 series, asked by somebody who means harm: every query is answered, refused or cut within its time, ticks
 * come on time meanwhile, and whoever asks next is answered.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { selfMetrics } from "../../src/domains/self/metrics.ts";
import { openWriter } from "../../src/store/writer.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Logger } from "../../src/core/logger.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "../e2e/support/doors.ts";

const seriesCount = 200_000;
/** What each query may take, by the parameter `timeout`; and how long after it the answer may come, with the machine's other work. */
const timeoutSeconds = 5;
const graceSeconds = 5;
/** How late a tick may be: the gate. */
const latenessSecondsMax = 0.02;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** Series of fifty metrics, and one whose label has 50 kB, as somebody else's agent may have sent them. */
function fill(dataDir: string): void {
  const maxSeries = 1_000_000;
  const limits = { retentionDays: 30, maxBytes: 1e10, maxSeries, maxSeriesPerNode: maxSeries };
  const writer = openWriter({ dataDir, logger: silent, clock: systemClock, ...limits });
  const refs = Uint32Array.from({ length: seriesCount }, (_, i) =>
    writer.resolve({ __name__: `m${i % 50}`, a: `a${i}`, job: `j${i % 1000}`, node: "n" }),
  );
  const values = Float64Array.from(refs, (_, i) => i);
  writer.commit(Date.now() - 60_000, refs, values, seriesCount);
  const long = writer.resolve({ __name__: "long", a: "a".repeat(50_000), node: "n" });
  writer.commit(Date.now() - 30_000, Uint32Array.of(long), Float64Array.of(1), 1);
  writer.close();
}

const many = '{__name__=~"m.+"}';
const queries: readonly string[] = [
  '{__name__=~".+"}',
  `count(${many})`,
  `topk(1e18, ${many})`,
  `count_values("v", ${many})`,
  `${many} or ${many}`,
  Array.from({ length: 60 }, () => many).join(" or "),
  Array.from({ length: 300 }, () => "m0").join(" * "),
  "m0 * on () group_left () m1",
  `${many} * on (a) group_left () ${many}`,
  `quantile by (a) (0.5, ${many})`,
  `label_replace(${many}, "x", "${"$1".repeat(5000)}", "a", "(.*)")`,
  `label_replace(${many}, "x", "$1", "a", "((a?){30}){30}.*")`,
  `label_join(${many}, "x", "${"-".repeat(10_000)}", ${Array.from({ length: 500 }, () => '"a"').join()})`,
  '{a=~"(a?){500}.*[0-9]+"}',
  '{a=~"((a+)+)+$"}',
  "m0[1y:1ms]",
  "max_over_time(max_over_time(max_over_time(m0[1h:1s])[1h:1s])[1h:1s])",
  "sum_over_time(sum_over_time(vector(1)[1d:10ms])[1d:10ms])",
  "-".repeat(20_000).concat("m0"),
  "(".repeat(30_000).concat("m0"),
];

const longText = "x".repeat(60_000);

/** The same of ranges: 2,000 steps and more. */
const rangeQueries: readonly string[] = [
  'm0 * on () group_left (v) count_values("v", vector(time()))',
  `${many} * on () group_left (x) label_replace(vector(1), "x", "${longText}", "", "")`,
  'count_values("v", m0 + time())',
  "topk(300, m0 * time())",
  "topk by (job) (100, m0 * time())",
  "quantile(0.5, m0 * time())",
  'histogram_quantile(0.9, label_replace(m0 + time(), "le", "$1", "a", "a(.*)"))',
  "rate((round(vector(time())) % 2)[30d:1s])",
  "quantile_over_time(0.5, (vector(time()))[200d:1s])",
  "sum_over_time((vector(time()))[200d:1s] @ end())",
  Array.from({ length: 240 }, () => "2").join(" ^ "),
  many,
  `m0{a=~"([a-z]{9}[0-9]+x){100}|.*1.*"}`,
  `m0{a=~"(${"[a-z]".repeat(600)}){1000}"}`,
  `m0{a=~"${"[\\\\pL\\\\pN]{100}".repeat(2500)}"}`,
];

/** What the node may need beside its caches while one query is answered: a third of a GB of samples, and the answer. */
const residentMax = 2.5e9;

let server: RunningServer;
before(async () => {
  server = await startChainPulse({ prepare: fill, config: "performance_monitoring: { node: { id: node-1 } }\n" });
});
after(() => server.stop());

async function post(path: string, parameters: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response> {
  const init = { method: "POST", body: new URLSearchParams(parameters) };
  return fetch(`${server.origin}/api/v1/${path}`, signal === undefined ? init : { ...init, signal });
}

/** The latest that a tick of the last `seconds` was. */
async function latenessOver(seconds: number): Promise<number> {
  const query = `max(max_over_time(${selfMetrics.tickLateness.prometheusName}[${Math.ceil(seconds)}s]))`;
  const url = `${server.origin}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const { data } = await getJson<{ data: { result: readonly { value: readonly [number, string] }[] } }>(url);
  return Number(data.result[0]?.value[1]);
}

/** The node's memory, as it was at the newest tick. */
async function residentBytes(): Promise<number> {
  const query = `sum(${selfMetrics.residentMemory.prometheusName})`;
  const url = `${server.origin}/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  const { data } = await getJson<{ data: { result: readonly { value: readonly [number, string] }[] } }>(url);
  return Number(data.result[0]?.value[1]);
}

/** A thread that does nothing but wait, and tells how late its timer was at most, ms. */
const waiting = `
  const { parentPort } = require("node:worker_threads");
  let [latest, due] = [0, performance.now() + 50];
  setInterval(() => {
    latest = Math.max(latest, performance.now() - due);
    due = performance.now() + 50;
  }, 50);
  parentPort.on("message", () => parentPort.postMessage(latest));
`;

/** How late a timer is that has nothing to do with the node: what the machine's other work costs everybody, s. */
function watchMachine(): { readonly end: () => Promise<number> } {
  const worker = new Worker(waiting, { eval: true });
  return {
    async end() {
      worker.postMessage("end");
      const [latestMs] = (await once(worker, "message")) as [number]; // It sends nothing else.
      await worker.terminate();
      return latestMs / 1000;
    },
  };
}

describe("hostile queries to a running node", () => {
  it("are answered, refused or cut in time, and no tick is late meanwhile", async (test) => {
    // If it fails, whoever may read stops the monitoring.
    const machine = watchMachine();
    const began = performance.now();
    for (const query of queries) {
      const asked = performance.now();
      const response = await post("query", { query, timeout: `${timeoutSeconds}s` });
      const body = await response.text();
      const seconds = (performance.now() - asked) / 1000;
      assert.ok(
        [200, 400, 422, 503].includes(response.status),
        `${response.status}: ${query.slice(0, 80)}: ${body.slice(0, 200)}`,
      );
      assert.ok(!body.includes('"unavailable"'), `the thread had to be ended: ${query.slice(0, 80)}`);
      assert.ok(seconds < timeoutSeconds + graceSeconds, `${seconds.toFixed(1)} s: ${query.slice(0, 80)}`);
      test.diagnostic(`${seconds.toFixed(2)} s, ${response.status}: ${query.slice(0, 60)}`);
    }
    let resident = 0;
    for (const query of rangeQueries) {
      const asked = performance.now();
      const end = Math.floor(Date.now() / 1000);
      const range = { start: String(end - 2000), end: String(end), step: "1" };
      const response = await post("query_range", { query, ...range, timeout: `${timeoutSeconds}s` });
      const body = await response.text();
      const seconds = (performance.now() - asked) / 1000;
      assert.ok([200, 400, 422, 503].includes(response.status), `${response.status}: ${query.slice(0, 80)}`);
      assert.ok(!body.includes('"unavailable"'), `the thread had to be ended: ${query.slice(0, 80)}`);
      assert.ok(seconds < timeoutSeconds + graceSeconds, `${seconds.toFixed(1)} s: ${query.slice(0, 80)}`);
      const now = await residentBytes();
      resident = Math.max(resident, now);
      test.diagnostic(`${seconds.toFixed(2)} s, ${response.status}, ${(now / 1e6).toFixed(0)} MB: ${query.slice(0, 60)}`);
    }
    assert.ok(resident < residentMax, `${resident} bytes are resident`);
    const lateness = await latenessOver((performance.now() - began) / 1000);
    const otherwise = await machine.end();
    test.diagnostic(`latest tick: ${lateness.toFixed(4)} s, latest timer elsewhere: ${otherwise.toFixed(4)} s`);
    assert.ok(
      lateness <= Math.max(latenessSecondsMax, otherwise),
      `a tick was ${lateness} s late, a timer elsewhere ${otherwise} s`,
    );
  });

  it("cost nothing any more when nobody waits for them", async () => {
    // If it fails, a user who reloads a page with an expensive query locks everybody out for minutes.
    const gone = new AbortController();
    const asked = Array.from({ length: 20 }, () => post("query", { query: queries[5] ?? "" }, gone.signal));
    await sleep(500);
    gone.abort();
    for (const outcome of await Promise.allSettled(asked)) assert.equal(outcome.status, "rejected");
    // Behind the twenty it would wait for a minute and more, and its own time would be over.
    const response = await post("query", { query: "1", timeout: "10s" });
    assert.equal(response.status, 200, await response.text());
  });

  it("leave the server as it was", async () => {
    // If it fails, the harm outlives the query.
    for (const path of ["/healthz", "/readyz"]) assert.equal((await fetch(`${server.origin}${path}`)).status, 200, path);
    assert.ok((await latenessOver(5)) >= 0);
  });
});
