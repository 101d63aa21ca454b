import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { perSecond, select } from "../../core/promql-text.ts";
import { allRoutes } from "../routes.ts";
import { lab, labDomain, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { addTelemetry, spans, traceId } from "../telemetry/telemetry-world.test-support.ts";
import { openApiDocument } from "./openapi.ts";

const node = "/api/v1/performance/nodes/node-1";

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fix?: string;
  readonly errors?: readonly { readonly path: string }[];
}

describe("REST", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (let second = 0; second < 10; second++) {
      world.tick(labSamples([second, second * 2], 20 + second));
      world.pass(1000);
    }
    world.check([
      {
        id: "lab.heat",
        title: "Heat",
        node: "node-1",
        status: "warning",
        timestampMs: 1,
        sinceMs: 0,
        value: 29,
        message: "It is warm.",
        action: "Open a window.",
        reason: null,
      },
    ]);
    await world.json("/api/v1/performance/annotations", { kind: "note", title: "made", text: "by a test" });
    addTelemetry(world);
  });
  after(() => world.close());

  test("every answer is what its route declares, and nothing more", async () => {
    // If it fails, the OpenAPI document and the generated clients are wrong.
    const bodies: Readonly<Record<string, unknown>> = {
      "/api/v1/performance/nodes/:nodeId/series": { queries: [{ id: "a", expr: "1" }], from: "-5s", to: "now" },
      "/api/v1/performance/annotations": { kind: "deploy", title: "v2", endMs: 2_000_000_000_000 },
    };
    const queries: Readonly<Record<string, string>> = {
      "/api/v1/query": "?query=1",
      "/api/v1/query_range": "?query=1&start=-5s&end=now&step=1",
      "/api/v1/query_exemplars": "?query=up",
      "/api/v1/format_query": "?query=1",
      "/api/v1/parse_query": "?query=1",
      "/api/v1/query_explain": "?query=1",
      "/api/v1/performance/nodes/:nodeId/events": "?kind=lab.shift",
      "/api/v1/series": `?match[]=${lab.heat.prometheusName}`,
    };
    let checked = 0;
    for (const { method, path, answer, form, access } of allRoutes([labDomain])) {
      // An agent's hello has a test of its own.
      if (!("schema" in answer) || form === true || access === "agent") continue;
      const url =
        path
          .replace(":nodeId", "node-1")
          .replace(":name", "wheel")
          .replace(":traceId", traceId)
          .replace(":spanId", spans[0].spanId) + (method === "GET" ? (queries[path] ?? "") : "");
      const body = await world.json(url, method === "POST" ? (bodies[path] ?? {}) : undefined);
      assert.deepEqual(answer.schema.parse(body), body, `${method} ${path}`);
      checked++;
    }
    assert.ok(checked > 15);
    const history = await world.json(`${node}/metrics?from=-5s`);
    const route = allRoutes([labDomain]).find(({ path }) => path.endsWith("/:nodeId/metrics"));
    assert.ok(route !== undefined && "schema" in route.answer);
    assert.deepEqual(route.answer.schema.parse(history), history);
  });

  test("an unknown node is 404 with the known ids, on every node route", async () => {
    // If it fails, a wrong id looks like an empty node.
    for (const { method, path } of allRoutes([labDomain])) {
      if (!path.includes(":nodeId")) continue;
      const body = { queries: [], from: "-5s", to: "now" };
      const url = path.replace(":nodeId", "node-9") + (path.endsWith("/events") ? "?kind=lab.shift" : "");
      const problem = await world.json<Problem>(url, method === "POST" ? body : undefined);
      assert.equal(problem.code, "NODE_NOT_FOUND", path);
      assert.equal(problem.fix, "Known ids: node-1.");
    }
  });

  test("a wrong request names each wrong value", async () => {
    // If it fails, a client's author guesses.
    const problem = await world.json<Problem>(`${node}/series`, { queries: [{ id: "a" }], from: "-5s", to: "now", extra: 1 });
    assert.equal(problem.status, 400);
    assert.deepEqual(
      problem.errors?.map(({ path }) => path),
      ["body.queries.0.expr", "body"],
    );
    for (const query of [
      "time=x",
      "from=-5s&to=-10s",
      "to=now",
      "from=-1h&time=now",
      "unknown=1",
      "from=-5s&step=x",
      "from=-5s&metrics=no.such",
    ]) {
      assert.equal((await world.json<Problem>(`${node}/metrics?${query}`)).code, "BAD_REQUEST", query);
    }
    assert.equal((await world.json<Problem>(`${node}/metrics?from=-1d&step=1`)).code, "QUERY_LIMIT");
  });

  test("series: one grid, nulls for gaps, a failing query beside good ones", async () => {
    // If it fails, the charts of a page are empty or shifted.
    interface Answer {
      readonly fromMs: number;
      readonly stepMs: number;
      readonly results: readonly {
        id: string;
        series: readonly { values: readonly (number | null)[] }[];
        error?: { code: string };
      }[];
    }
    const queries = [
      { id: "turns", expr: perSecond(lab.turns, { wheel: "10" }) },
      { id: "bad", expr: "sum(" },
      { id: "text", expr: '"text"' },
    ];
    const answer = await world.json<Answer>(`${node}/series`, { queries, from: "-12s", to: "now", stepMs: 1000 });
    assert.equal(answer.fromMs, 1_763_999_998_000);
    // Two seconds before the first tick, one tick without a predecessor, nine rates of 2/s; the last point repeats the last rate.
    assert.deepEqual(answer.results[0]?.series[0]?.values, [null, null, null, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    assert.equal(answer.results[1]?.error?.code, "QUERY_SYNTAX");
    assert.notEqual(answer.results[2]?.error, undefined);
  });

  test("series: asked for more finely than the ticks come, it ends with the newest one", async () => {
    // If it fails, the first chart of a node waits for its third or fourth tick.
    interface Answer {
      readonly fromMs: number;
      readonly toMs: number;
    }
    const newest = await world.json<{ collect: { lastTickMs: number } }>("/api/v1/performance/status");
    const wish = { queries: [{ id: "heat", expr: select(lab.heat) }], from: "-12s", stepMs: 250 };
    const answer = await world.json<Answer>(`${node}/series`, { ...wish, to: world.services.clock.nowMs() / 1000 + 7.1 });
    assert.equal(answer.toMs, newest.collect.lastTickMs);
    const past = await world.json<Answer>(`${node}/series`, { ...wish, from: "-12s", to: answer.toMs / 1000 - 3.1 });
    assert.equal(past.toMs, answer.toMs - 3100);
  });

  test("series: an answer of more than a million values is refused per query", async () => {
    // If it fails, one page request fills the memory of main.
    const queries = Array.from({ length: 10 }, (_, index) => ({ id: String(index), expr: select(lab.work) }));
    const answer = await world.json<{ results: readonly { series: readonly unknown[]; error?: { code: string } }[] }>(
      `${node}/series`,
      { queries, from: "-10000s", to: "now", stepMs: 1000 },
    );
    assert.equal(answer.results[0]?.series.length, 12);
    assert.equal(answer.results.at(-1)?.error?.code, "QUERY_LIMIT");
  });

  test("history: the newest sample at fine steps, the declared rollup at coarse ones", async () => {
    // If it fails, a day's chart shows single seconds and hides peaks.
    interface History {
      readonly aggregation: string;
      readonly series: readonly {
        metric: string;
        aggregation: string;
        labels: unknown;
        points: readonly [number, number | null][];
      }[];
    }
    const fine = await world.json<History>(`${node}/metrics?from=1764000000&to=1764000003&metrics=${lab.heat.name}`);
    assert.equal(fine.aggregation, "last");
    assert.deepEqual(
      fine.series[0]?.points.map(([, value]) => value),
      [20, 21, 22, 23],
    );
    assert.deepEqual(fine.series[0]?.labels, { node: "node-1" });
    const names = [lab.heat.prometheusName, lab.turns.name].join(",");
    const coarse = await world.json<History>(`${node}/metrics?from=1764000000&to=1764000010&step=5s&metrics=${names}`);
    assert.equal(coarse.aggregation, "rollup");
    const [heat, turns] = coarse.series;
    assert.deepEqual([heat?.aggregation, turns?.aggregation], ["mean", "last"]);
    // The five seconds up to and with the point: 21 … 25.
    assert.deepEqual(heat?.points[1], [1_764_000_005_000, 23]);
    assert.deepEqual(turns?.points[1], [1_764_000_005_000, 5]);
  });

  test("processes are sorted on the server, by number or by name, page by page", async () => {
    // If it fails, the busiest process is on a page that nobody opens.
    interface Page {
      readonly total: number;
      readonly next: string | null;
      readonly processes: readonly { pid: string; name: string; cpuPercent: number }[];
    }
    const pids: string[] = [];
    let cursor = "";
    for (;;) {
      const page = await world.json<Page>(`${node}/processes?limit=5&sort=cpuPercent&order=asc${cursor}`);
      assert.equal(page.total, 12);
      pids.push(...page.processes.map(({ pid }) => pid));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    assert.deepEqual(pids, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
    const byPid = await world.json<Page>(`${node}/processes?sort=pid&order=desc&limit=1`);
    assert.equal(byPid.processes[0]?.pid, "12");
    const byName = await world.json<Page>(`${node}/processes?sort=name&order=asc&limit=1`);
    assert.equal(byName.processes[0]?.name, "p0");
    assert.match((await world.json<Problem>(`${node}/processes?sort=nothing`)).fix ?? "", /pid, name, cpuPercent/);
  });

  test("the node's headline is the worst check's sentence", async () => {
    // If it fails, the first thing a user reads is wrong.
    const { headline } = await world.json<{ headline: unknown }>(node);
    assert.deepEqual(headline, { status: "warning", sentence: "It is warm." });
  });

  test("annotations are checked before they are stored", async () => {
    // If it fails, one wrong request draws a mark that cannot be drawn.
    const path = "/api/v1/performance/annotations";
    for (const wrong of [
      { kind: "party", title: "x" },
      { kind: "note", title: "" },
      { kind: "note", title: "x", timestampMs: 5, endMs: 4 },
      // Before the time that is filled in: now.
      { kind: "note", title: "x", endMs: 1_764_000_000_000 - 1 },
      // S10: what a terminal or a page would make something else of, or could not show as a date.
      { kind: "note", title: "x", timestampMs: 8.64e15 },
      { kind: "note", title: "x", endMs: Number.MAX_SAFE_INTEGER },
      { kind: "note", title: "\u001b]0;owned\u0007" },
      { kind: "note", title: "two\nlines" },
      { kind: "note", title: "x\u202e" },
      { kind: "note", title: "x", text: "\u009b31m" },
    ]) {
      assert.equal((await world.json<Problem>(path, wrong)).code, "BAD_REQUEST");
    }
    await world.json(path, { kind: "note", title: "<b>", text: "two\nlines" });
    const { annotations } = await world.json<{ annotations: readonly { title: string; text?: string }[] }>(`${path}?from=-1h`);
    assert.ok(annotations.some(({ title, text }) => title === "<b>" && text === "two\nlines"));
    assert.ok(annotations.some(({ title, text }) => title === "made" && text === "by a test"));
  });

  test("a history that cannot be had is refused for the reason that there is", async (context) => {
    // If it fails, an engine that is down looks like a question that asks too much, and nobody tries again or calls anybody.
    const failed = await openWorld({ rangeFailure: { code: "ENGINE_UNREACHABLE", message: "connect ECONNREFUSED" } });
    context.after(() => failed.close());
    const problem = await failed.json<Problem>(`${node}/metrics?from=-5s`);
    assert.deepEqual([problem.status, problem.code, problem.detail], [502, "ENGINE_UNREACHABLE", "connect ECONNREFUSED"]);
  });

  test("the OpenAPI document describes every route once, and every parameter of its path", async () => {
    // If it fails, generated clients do not compile.
    type Operation = { operationId: string; parameters: readonly { name: string; in: string }[]; responses: object };
    const document = await world.json<{
      openapi: string;
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: object };
    }>("/api/openapi.json");
    assert.deepEqual(document, JSON.parse(JSON.stringify(openApiDocument([labDomain]))));
    assert.match(document.openapi, /^3\.1\./);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    assert.equal(operations.length, allRoutes([labDomain]).length);
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    for (const { path, parameters, responses } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name),
        inPath,
        path,
      );
      assert.ok(Object.keys(responses).length >= 2, path);
    }
    const referred = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    assert.ok(referred.includes("Absence") && referred.includes("Problem"));
    for (const name of referred) assert.ok(name !== undefined && name in document.components.schemas, name);
    assert.equal(JSON.stringify(document).includes("$defs"), false);
  });
});
