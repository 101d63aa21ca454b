import assert from "node:assert/strict";
import { test } from "node:test";
import { flowSpans } from "../core/flow-names.ts";
import { flowSpanId } from "../core/flow-span-id.ts";
import { columnsToJson } from "../core/trace/columns-json.ts";
import { exampleFlow, exampleHash } from "../core/trace/example-flow.test-support.ts";
import { columnsOfRows } from "../core/trace/span-columns-of.test-support.ts";
import { withFakeServer } from "../io/fake-server.test-support.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, a person at a terminal cannot find a transaction, or a script reads something else than the server said.

const { traceId } = exampleFlow;
const path = `/api/v1/performance/traces/${traceId}`;
const analysis = { body: { flow: exampleFlow, warnings: ["a file is damaged\u001b"] } };

test("a transaction is drawn, found by its hash however that is written", async () => {
  const requests = await withFakeServer({ [`${path}/analysis`]: analysis }, async (origin) => {
    for (const text of [exampleHash, `0x${exampleHash.toUpperCase()}`, traceId]) {
      const { code, stdout, stderr } = await cli(["trace", text, "--url", origin]);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, /^a file is damaged\\u\{1b\}\nTransaction 4bf92f/);
      assert.match(stdout, /slowest hop was its block's b → c/);
    }
  });
  assert.equal(requests.length, 3);
});

test("--json is the server's answer as it is", async () => {
  await withFakeServer({ [`${path}/analysis`]: analysis }, async (origin) => {
    assert.deepEqual(JSON.parse((await cli(["trace", "--json", traceId, "--url", origin])).stdout), analysis.body);
  });
});

test("a trace of something else is an indented tree", async () => {
  const columns = columnsOfRows([
    {
      spanId: "00000000000000aa",
      parentSpanId: "",
      startNs: 0n,
      endNs: 5_000_000n,
      isFailed: false,
      service: "shop",
      name: "pay",
      node: "",
    },
  ]);
  const answers = {
    [`${path}/analysis`]: { body: { flow: null, warnings: [] } },
    [`${path}/columns`]: { body: { columns: columnsToJson(columns), spansLeftOut: 3, warnings: [] } },
  };
  await withFakeServer(answers, async (origin) => {
    const { code, stdout } = await cli(["trace", traceId, "--url", origin]);
    assert.equal(code, 0);
    assert.match(stdout, /^3 spans are left out\.\npay · shop +5\u00a0ms {2}█+\n/);
  });
});

test("what nobody knows of is said with what that can mean; exit code 1", async () => {
  const missing = { status: 404, body: { code: "NOT_FOUND", detail: "no span" } };
  await withFakeServer({ [`${path}/analysis`]: missing }, async (origin) => {
    const { code, stdout, stderr } = await cli(["trace", exampleHash, "--url", origin]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /knows nothing of 4bf92f\w{58}\n.*not sampled/);
  });
  await withFakeServer(
    { [`${path}/analysis`]: { status: 401, body: { code: "UNAUTHENTICATED", detail: "no token" } } },
    async (origin) => {
      assert.match((await cli(["trace", traceId, "--url", origin])).stderr, /no token \(HTTP 401\)/);
    },
  );
  await withFakeServer({ [`${path}/analysis`]: { body: { flow: { kind: "transaction" }, warnings: [] } } }, async (origin) => {
    assert.match((await cli(["trace", traceId, "--url", origin])).stderr, /gave an answer that is no trace/);
  });
});

test("--traceparent names the root that the client's node tells, and asks nobody", async () => {
  const { code, stdout } = await cli(["trace", "--traceparent", "node-1/geth", `0x${exampleHash}`]);
  const parent = flowSpanId({ hash: exampleHash, node: "node-1", client: "geth" }, flowSpans.transaction);
  assert.deepEqual([code, stdout], [0, `00-${traceId}-${parent}-01\n`]);
});

test("what is no hash is wrong usage; exit code 2", async () => {
  for (const argv of [
    ["trace"],
    ["trace", "0x12"],
    ["trace", exampleHash, "--traceparent", "geth"],
    ["trace", traceId, "--traceparent", "a/b"],
  ]) {
    const { code, stdout, stderr } = await cli(argv);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^chainpulse trace: .*\nSee: chainpulse trace --help\n$/);
  }
});
