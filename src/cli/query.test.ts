import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withFakeServer } from "../io/fake-server.test-support.ts";
import { formatData } from "./query.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, a person at a terminal reads other numbers than the server answered, or a script gets no JSON.

const vector = {
  status: "success",
  data: {
    resultType: "vector",
    result: [
      { metric: { __name__: "up", job: "a" }, value: [1, "1"] },
      { metric: { __name__: "up", job: "\u001b[31m" }, value: [1, "NaN"] },
    ],
  },
  warnings: ["partial\u001b"],
};

test("an instant query is a table; hostile labels and warnings are made harmless", async () => {
  const requests = await withFakeServer({ "/api/v1/query": { body: vector } }, async (origin) => {
    const { code, stdout, stderr } = await cli(["query", "up", "--url", origin]);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.split("\n").map((line) => line.split(/ {2,}/)),
      [["SERIES", "VALUE"], ['up{job="a"}', "1"], ['up{job="\\u001b[31m"}', "NaN"], [""]],
    );
    assert.equal(stderr, "partial\\u{1b}\n");
  });
  assert.deepEqual(requests[0]?.parameters, { query: "up" });
});

test("--json is the server's answer as it is", async () => {
  await withFakeServer({ "/api/v1/query": { body: vector } }, async (origin) => {
    assert.deepEqual(JSON.parse((await cli(["query", "--json", "up", "--url", origin])).stdout), vector);
  });
});

test("--range asks for 40 points that end now", async () => {
  const empty = { status: "success", data: { resultType: "matrix", result: [] } };
  const requests = await withFakeServer({ "/api/v1/query_range": { body: empty } }, async (origin) => {
    assert.equal((await cli(["query", "up", "--range", "39m", "--url", origin])).stdout, "no series\n");
  });
  const { start, end, step } = requests[0]?.parameters ?? {};
  assert.equal(step, "60");
  assert.equal(Math.round((Number(end) - Number(start)) / 60), 39);
});

test("a range is a line per series, with gaps where there is no value", () => {
  const values: [number, string][] = [
    [100, "0"],
    [110, "7"],
    [130, "+Inf"],
    [140, "3.5"],
  ];
  const data = { resultType: "matrix" as const, result: [{ metric: { __name__: "m" }, values }] };
  const [, row] = formatData(data, { startSeconds: 100, endSeconds: 490, stepSeconds: 10 }).split("\n");
  assert.equal(row, "m       0    7    3.5   ▁█  ▅");
});

test("scalars and strings are printed as they are", () => {
  assert.equal(formatData({ resultType: "scalar", result: [1, "42"] }, null), "42\n");
  assert.equal(formatData({ resultType: "string", result: [1, "a\nb"] }, null), "a\\nb\n");
});

test("the server's errors keep their text and say what to do; the exit code is 1", async () => {
  const answers = {
    "/api/v1/query": { status: 400, body: { status: "error", errorType: "bad_data", error: "parse error at 1:3\u001b" } },
  };
  await withFakeServer(answers, async (origin) => {
    const { code, stdout, stderr } = await cli(["query", "u{", "--url", origin]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /\/api\/v1\/query: parse error at 1:3\\u\{1b\} \(HTTP 400\)/);
  });
  await withFakeServer(
    { "/api/v1/query": { status: 401, body: { code: "UNAUTHENTICATED", detail: "no token" } } },
    async (origin) => {
      assert.match((await cli(["query", "up", "--url", origin])).stderr, /no token \(HTTP 401\)\nMake a token .*--token-file/);
    },
  );
  await withFakeServer({ "/api/v1/query": { body: "<html>" } }, async (origin) => {
    assert.match((await cli(["query", "up", "--url", origin])).stderr, /not an answer of ChainPulse/);
  });
});

test("without --url the server is asked where the configuration says that it listens, with the token from the file", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-query-"));
  const [config, token] = [join(directory.path, "c.yaml"), join(directory.path, "token")];
  writeFileSync(token, "cpt_abc\n");
  const requests = await withFakeServer({ "/api/v1/query": { body: vector } }, async (origin) => {
    writeFileSync(
      config,
      `performance_monitoring: { server: { listen: "${new URL(origin).host.replace("127.0.0.1", "0.0.0.0")}" } }\n`,
    );
    assert.equal((await cli(["query", "up", "--config", config, "--token-file", token])).code, 0);
    const missing = await cli(["query", "up", "--config", config, "--token-file", join(directory.path, "none")]);
    assert.deepEqual([missing.code, missing.stdout], [2, ""]);
  });
  assert.deepEqual(
    requests.map(({ authorization }) => authorization),
    ["Bearer cpt_abc"],
  );
});

test("annotate posts what it was told, and passes on what the server says", async () => {
  const created = { status: 201, body: { timestampMs: 5, kind: "deploy", title: "geth", node: "n" } };
  const requests = await withFakeServer({ "/api/v1/performance/annotations": created }, async (origin) => {
    const said = await cli(["annotate", "deploy", "geth 1.16", "--text", "slot 3", "--url", origin]);
    assert.deepEqual([said.code, said.stdout], [0, ""]);
    const json = await cli(["annotate", "deploy", "geth 1.16", "--json", "--url", origin]);
    assert.deepEqual(JSON.parse(json.stdout), created.body);
  });
  assert.deepEqual(
    requests.map(({ method, body }) => [method, body]),
    [
      ["POST", { kind: "deploy", title: "geth 1.16", text: "slot 3" }],
      ["POST", { kind: "deploy", title: "geth 1.16" }],
    ],
  );
});
