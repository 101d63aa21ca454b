import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { buildSchema as parseSdl, getIntrospectionQuery } from "graphql";
import { auditServer } from "graphql-http";
import { labDomain, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { operationLimits } from "./limits.ts";
import { sdl } from "./sdl.ts";

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

describe("GraphQL", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    world.tick(labSamples([0, 0], 20));
    world.pass(1000);
    world.tick(labSamples([0.5, 0.25], 21.5));
  });
  after(() => world.close());

  const ask = (query: string): Promise<Answer> => world.json<Answer>("/graphql", { query });

  test("the query that the design promises is answered as it stands", async () => {
    // If it fails, the documented first query of every user fails.
    const answer = await ask(`query { nodePerformance(nodeId: "node-1") {
      cpu { usagePercent temperature coreMetrics { coreId usagePercent } }
      gpu { usagePercent memoryUsed tensorCoreUtilization }
      aiModels { modelName inferenceLatencyMs throughputPerSecond acceleratorUtilization }
      quantumMetrics { qrngThroughput postQuantumOverhead merkleTreeOperationsPerSecond } } }`);
    assert.deepEqual(answer, {
      data: {
        nodePerformance: {
          cpu: {
            usagePercent: 37.5,
            temperature: 21.5,
            coreMetrics: [
              { coreId: "0", usagePercent: 50 },
              { coreId: "10", usagePercent: 25 },
            ],
          },
          gpu: { usagePercent: null, memoryUsed: null, tensorCoreUtilization: null },
          aiModels: null,
          quantumMetrics: { qrngThroughput: null, postQuantumOverhead: null, merkleTreeOperationsPerSecond: null },
        },
      },
    });
  });

  test("an unknown node is null, with an error that lists the known ones", async () => {
    // If it fails, a typing error in a node id looks like an idle node.
    const answer = await ask('{ nodePerformance(nodeId: "node-2") { node } }');
    assert.deepEqual(answer.data, { nodePerformance: null });
    assert.deepEqual(answer.errors?.[0]?.extensions, { code: "NODE_NOT_FOUND", nodeIds: ["node-1"] });
  });

  test("all audits of GraphQL over HTTP pass", async () => {
    // If it fails, some GraphQL client does not work with this server.
    const results = await auditServer({ url: new URL("/graphql", world.server.url).href });
    const failed = results.filter(({ status }) => status !== "ok").map(({ id, name }) => `${id} ${name}`);
    assert.deepEqual(failed, []);
    assert.equal(results.length, 61);
  });

  test("nodes, findings, health, annotations and series answer", async () => {
    // If it fails, a field of the schema is only decoration.
    await world.json("/api/v1/performance/annotations", { kind: "note", title: "hello" });
    const heat = Object.values(labDomain.metrics)[0]?.prometheusName ?? "";
    const answer = await ask(`{
      nodes(first: 1) { edges { node { id status lastSampleMs } } pageInfo { hasNextPage hasPreviousPage } }
      findings(nodeId: "node-1") { edges { node { id } } }
      health(nodeId: "node-1") { status checks { id } }
      annotations { title kind }
      series(nodeId: "node-1", query: "${heat}", from: "-1s") { fromMs stepMs series { labels { name value } values } } }`);
    assert.equal(answer.errors, undefined);
    assert.deepEqual(answer.data?.["nodes"], {
      edges: [{ node: { id: "node-1", status: "up", lastSampleMs: 1_764_000_001_000 } }],
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
    assert.deepEqual(answer.data?.["health"], { status: "unknown", checks: [] });
    assert.deepEqual(answer.data?.["annotations"], [{ title: "hello", kind: "note" }]);
    assert.deepEqual(answer.data?.["series"], {
      fromMs: 1_764_000_000_000,
      stepMs: 1000,
      series: [
        {
          labels: [
            { name: "__name__", value: heat },
            { name: "node", value: "node-1" },
          ],
          values: [20, 21.5],
        },
      ],
    });
  });

  test("errors carry our codes", async () => {
    // If it fails, a client cannot tell its own mistake from ours.
    const codes = async (query: string): Promise<unknown> => (await ask(query)).errors?.[0]?.extensions?.["code"];
    assert.equal(await codes('{ series(nodeId: "node-1", query: "((") { fromMs } }'), "QUERY_SYNTAX");
    assert.equal(await codes('{ series(nodeId: "node-1", query: "1", from: "tomorrow") { fromMs } }'), "BAD_REQUEST");
    assert.equal(await codes("{ nodes(first: -1) { edges { cursor } } }"), "BAD_REQUEST");
    assert.equal(await codes('{ nodes(after: "x") { edges { cursor } } }'), "BAD_REQUEST");
  });

  test("depth, aliases, cost and tokens are bounded, also through fragments", async () => {
    // If it fails, one small document keeps the server busy for minutes.
    const message = async (query: string): Promise<string> => (await ask(query)).errors?.[0]?.message ?? "";
    const deep = (levels: number): string =>
      `fragment F on Query { __typename } { ${"... on Query { ".repeat(levels)} ...F ${"}".repeat(levels)} }`;
    // Inline fragments do not deepen the answer; they still cost.
    assert.equal(await message(deep(4)), "");
    const nested = `{ nodePerformance(nodeId: "node-1") ${"{ a ".repeat(8)} ${"}".repeat(8)} }`;
    assert.match(await message(nested), /depth is more than 8|Cannot query field/);
    const errors = (await ask(nested)).errors?.map((error) => error.message) ?? [];
    assert.ok(errors.includes(`the operation's depth is more than ${operationLimits.depth}`));
    const aliases = Array.from({ length: 16 }, (_, index) => `a${index}: __typename`).join(" ");
    assert.match(await message(`{ ${aliases} }`), /aliases is more than 15/);
    const series = Array.from({ length: 15 }, (_, index) => `s${index}: series(nodeId: "node-1", query: "1") { fromMs }`);
    assert.equal(await message(`{ ${series.join(" ")} }`), "");
    const doubled = `fragment S on Query { ${series.slice(0, 7).join(" ")} } { ${"...S ".repeat(3)} }`;
    assert.match(await message(doubled), /(cost|aliases) is more than/);
    const fragments = Array.from(
      { length: 20 },
      (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
    );
    const bomb = `${fragments.join(" ")} fragment F20 on Query { __typename } { ...F0 }`;
    assert.match(await message(bomb), /cost is more than 1000/);
    assert.match(await message(`{ ${"__typename ".repeat(1000)} }`), /1000 tokens/);
    assert.match(await message("fragment A on Query { ...B } fragment B on Query { ...A } { ...A }"), /Cannot spread fragment/);
  });

  test("S13: all series of an operation share one bound on their values", async () => {
    // If it fails, one request with many aliases holds the main thread, and with it every other request, for seconds.
    const ten = Array.from({ length: 10 }, (_, index) => `label_replace(vector(1), 'n', '${index}', '', '')`).join(" or ");
    const of = (alias: string): string =>
      `${alias}: series(nodeId: "node-1", query: "${ten}", from: "-3h", maxPoints: 11000) { series { values } }`;
    assert.equal((await ask(`{ ${of("a")} }`)).errors, undefined);
    const { errors = [] } = await ask(`{ ${of("a")} ${of("b")} }`);
    assert.deepEqual(
      errors.map(({ extensions }) => extensions?.["code"]),
      ["QUERY_LIMIT"],
    );
    assert.match(errors[0]?.message ?? "", /more than 200000 values/);
  });

  test("a batch of operations is refused", async () => {
    // If it fails, the limits of one operation are walked around by sending many.
    const response = await world.fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]),
    });
    assert.equal(response.status, 400);
  });

  test("introspection works, and the SDL is a schema", async () => {
    // If it fails, explorers and code generators cannot read the API.
    const answer = await ask(getIntrospectionQuery());
    assert.equal(answer.errors, undefined);
    const schema = parseSdl(sdl([labDomain]));
    assert.match(schema.getType("CpuCoreMetrics")?.description ?? "", /One row per wheel/);
    assert.match(sdl([labDomain]), /Mean of all\. Unit: `%`\./);
  });

  test("a browser that opens the page is sent to the explorer, nobody else", async () => {
    // If it fails, the address in the documentation shows an error to people.
    const page = await world.fetch("/graphql", { headers: { accept: "text/html" }, redirect: "manual" });
    assert.equal(page.status, 302);
    assert.equal(page.headers.get("location"), "/graphql-explorer");
    const query = await world.fetch("/graphql?query=%7B__typename%7D", { headers: { accept: "text/html, application/json" } });
    assert.deepEqual(await query.json(), { data: { __typename: "Query" } });
  });
});

describe("GraphQL subscriptions", () => {
  const document = 'subscription { nodePerformance(nodeId: "node-1") { timestampMs cpu { temperature } } }';
  const subscribe = (world: World, query: string, headers = {}): Promise<Response> =>
    world.fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
      body: JSON.stringify({ query }),
    });

  test("each tick is one event, and a closing server ends the stream", async () => {
    // If it fails, subscribers wait for ever, or a restart does.
    await using world = await openWorld();
    world.tick(labSamples([0, 0], 20));
    const response = await subscribe(world, document);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    world.pass(1000);
    const timeMs = world.tick(labSamples([1, 1], 30));
    const event = String((await reader.read()).value);
    assert.deepEqual(JSON.parse(/data: (.*)/.exec(event)?.[1] ?? ""), {
      data: { nodePerformance: { timestampMs: timeMs, cpu: { temperature: 30 } } },
    });
    await world.close();
    let done = false;
    while (!done) ({ done } = await reader.read());
    assert.equal(done, true);
  });

  test("the limits hold here too", async () => {
    // If it fails, a subscription is the way around every limit.
    await using world = await openWorld();
    const text = await (await subscribe(world, `subscription { ${"__typename ".repeat(1000)} }`)).text();
    assert.match(text, /1000 tokens/);
    const unknown = await (await subscribe(world, document.replace("node-1", "x"))).text();
    assert.match(unknown, /NODE_NOT_FOUND/);
  });
});
