import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../core/clock.ts";
import { engineSchema } from "../../core/config-forward.ts";
import { ChainPulseError, errorCodes } from "../../core/errors.ts";
import { openEngineClient } from "../../store/remote/engine-client.ts";
import type { QueryResult } from "../api.ts";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { resultJson } from "../result-json.ts";
import { createQueryService } from "../service.ts";
import { parseQueryAnswer } from "./engine-answer.ts";
import { createPushdownService } from "./pushdown-service.ts";

const nowMs = 1_764_000_000_000;

type Answer = { readonly status: number; readonly body: string | Uint8Array };

interface Engine extends AsyncDisposable {
  readonly service: ReturnType<typeof createPushdownService>;
  readonly asked: [path: string, form: Readonly<Record<string, readonly string[]>>][];
}

async function startEngine(answer: (path: string, form: URLSearchParams) => Answer | Promise<Answer>): Promise<Engine> {
  const asked: Engine["asked"] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const path = request.url ?? "";
      asked.push([path, Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]))]);
      const { status, body } = await answer(path, form);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const url = `http://127.0.0.1:${address.port}/below`;
  const config = engineSchema.parse({ write_url: url, query_url: url, timeout_ms: 2000 });
  assert.ok(config !== undefined);
  const engine = openEngineClient(config);
  const service = createPushdownService({ engine, clock: systemClock, newestMs: () => nowMs, annotations: () => [] });
  return {
    service,
    asked,
    async [Symbol.asyncDispose]() {
      engine.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An engine that is ours: it answers in Prometheus's words. */
function local(): {
  readonly query: ReturnType<typeof createQueryService>;
  answer(path: string, form: URLSearchParams): Answer;
} {
  const reader = createMemoryReader();
  for (let i = 0; i < 30; i++) {
    const timeMs = nowMs - 30_000 + i * 1000;
    reader.add({ __name__: "a_total", k: 'v "1" \\ \n ü' }, timeMs, i * 1.1);
    reader.add({ __name__: "b", k: "2" }, timeMs, i === 7 ? -Infinity : i % 5);
  }
  const query = createQueryService(reader, { clock: systemClock });
  const ms = (form: URLSearchParams, name: string): number => Math.round(Number(form.get(name)) * 1000);
  return {
    query,
    answer(path, form) {
      const expr = form.get("query") ?? "";
      try {
        if (path === "/below/api/v1/query") return { status: 200, body: query.instantJson(expr, ms(form, "time")) };
        const [startMs, endMs, stepMs] = [ms(form, "start"), ms(form, "end"), ms(form, "step")];
        return { status: 200, body: query.rangeJson(expr, startMs, endMs, stepMs) };
      } catch (error) {
        assert.ok(error instanceof ChainPulseError);
        return {
          status: errorCodes[error.code].status,
          body: JSON.stringify({ status: "error", errorType: "bad_data", error: error.message }),
        };
      }
    },
  };
}

test("an answer of the API is read as the result that it was written from, to the last bit", () => {
  // If this fails, values of an engine come out as others here.
  const labels = fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), fc.string(), { maxKeys: 3, noNullPrototype: true });
  const timeMs = fc.integer({ min: 0, max: 4e12 });
  const said = { warnings: ["w"], infos: [] };
  const result = fc.oneof(
    fc
      .record({ timestampMs: timeMs, value: fc.double() }, { noNullPrototype: true })
      .map((scalar): QueryResult => ({ type: "scalar", ...scalar, ...said })),
    fc
      .array(fc.record({ labels, timestampMs: timeMs, value: fc.double() }, { noNullPrototype: true }))
      .map((samples): QueryResult => ({ type: "vector", samples, ...said })),
    fc
      .array(fc.record({ labels, points: fc.array(fc.tuple(timeMs, fc.double()), { minLength: 1, maxLength: 9 }) }))
      .map((all): QueryResult => ({
        type: "matrix",
        ...said,
        series: all.map(({ labels: own, points }) => ({
          labels: own,
          timestampsMs: Float64Array.from(points, ([time]) => time),
          values: Float64Array.from(points, ([, value]) => value),
        })),
      })),
  );
  fc.assert(fc.property(result, (one) => assert.deepEqual(parseQueryAnswer(Buffer.from(resultJson(one))), one)));
});

test("what is asked of the engine is answered as the store here would answer it", async () => {
  // If this fails, whoever keeps samples in an engine sees other figures on the dashboard than with our own store.
  const own = local();
  await using engine = await startEngine((path, form) => own.answer(path, form));
  const exprs = ["a_total", "sum(b)", "rate(a_total[10s])", "1 + 1", "b == 3", "nothing"];
  for (const expr of exprs) {
    assert.deepEqual(await engine.service.instant(expr, nowMs), own.query.instant(expr, nowMs));
    assert.deepEqual(
      await engine.service.range(expr, nowMs - 20_000, nowMs, 5000),
      own.query.range(expr, nowMs - 20_000, nowMs, 5000),
    );
    const json = await engine.service.instantJson(expr, nowMs);
    assert.deepEqual(
      JSON.parse(new TextDecoder().decode(json)),
      JSON.parse(new TextDecoder().decode(own.query.instantJson(expr, nowMs))),
    );
  }
  assert.deepEqual(await engine.service.batch([...exprs, ...exprs], nowMs), own.query.batch([...exprs, ...exprs], nowMs));
  const limited = await engine.service.instant('{__name__=~".+"}', nowMs, { limit: 1 });
  assert.equal(limited.type === "vector" ? limited.samples.length : 0, 1);
  assert.equal(limited.warnings.length, 1);
});

test("a query that fails there fails with its reason, and no other of the batch with it", async () => {
  // If this fails, one wrong panel empties the page, or an error of the engine looks like one of ours.
  const own = local();
  await using engine = await startEngine((path, form) => own.answer(path, form));
  const [good, bad] = await engine.service.batch(["b", "sum("], nowMs);
  assert.ok(good !== undefined && "type" in good);
  assert.ok(bad !== undefined && "code" in bad);
  assert.equal(bad.code, "QUERY_SYNTAX");
  for (const [status, body, code] of [
    [422, '{"status":"error","errorType":"execution","error":"no"}', "QUERY_FAILED"],
    [503, '{"status":"error","errorType":"timeout","error":"slow"}', "QUERY_TIMEOUT"],
    [502, "<html>", "ENGINE_UNREACHABLE"],
    [200, "<html>", "ENGINE_UNREACHABLE"],
    [200, '{"status":"success","data":{"resultType":"other"}}', "ENGINE_UNREACHABLE"],
  ] as const) {
    await using other = await startEngine(() => ({ status, body }));
    await assert.rejects(async () => other.service.instant("b", nowMs), { code });
  }
});

test("an engine that is away, and a caller that has gone, end a query at once", async () => {
  // If this fails, the whole dashboard hangs for as long as the engine is away.
  const gone = await startEngine(() => ({ status: 200, body: "" }));
  await gone[Symbol.asyncDispose]();
  await assert.rejects(async () => gone.service.instant("b", nowMs), { code: "ENGINE_UNREACHABLE" });
  await using silent = await startEngine(() => new Promise(() => undefined));
  await assert.rejects(async () => silent.service.instant("b", nowMs, {}, { aborted: true }), { code: "CANCELLED" });
});

test("lists are asked for with their matchers, names that no path takes are escaped, and what is not PromQL is answered here", async () => {
  // If this fails, auto-completion offers nothing, or Grafana's variables are empty.
  await using engine = await startEngine((path) => ({
    status: 200,
    body: JSON.stringify({ status: "success", data: path.includes("series") ? [{ __name__: "b" }] : ["x"] }),
  }));
  const matchers = [
    [
      { name: "__name__", operator: "=", value: "b" },
      { name: "k", operator: "!~", value: 'a"|b' },
    ],
  ] as const;
  const selection = { matchers, startMs: 1000, endMs: 2500 };
  assert.deepEqual(await engine.service.series(selection, 10), [{ __name__: "b" }]);
  assert.deepEqual(await engine.service.labelNames({ ...selection, matchers: [] }), ["x"]);
  assert.deepEqual(await engine.service.labelValues("http.method", selection), ["x"]);
  assert.deepEqual(
    engine.asked.map(([path]) => path),
    ["/below/api/v1/series", "/below/api/v1/labels", "/below/api/v1/label/U__http_2E_method/values"],
  );
  assert.deepEqual(
    engine.asked.map(([, form]) => form["match[]"]),
    [['{__name__="b",k!~"a\\"|b"}'], ['{__name__!=""}'], ['{__name__="b",k!~"a\\"|b"}']],
  );
  assert.deepEqual([engine.asked[0]?.[1]["start"], engine.asked[0]?.[1]["end"]], [["1.000"], ["2.500"]]);
  assert.equal(engine.service.latestMs(), nowMs);
  assert.equal(await engine.service.format("sum(  b)"), "sum(b)");
  assert.throws(() => engine.service.explain("b", nowMs), { code: "QUERY_UNSUPPORTED" });
});

test("who has how many series is read from Prometheus and from VictoriaMetrics", async () => {
  // If this fails, the page of cardinality is empty where an engine keeps the samples.
  const lists = {
    seriesCountByMetricName: [{ name: "b", value: 2 }],
    seriesCountByLabelValuePair: [{ name: "node=n", value: 3 }],
  };
  for (const sums of [{ headStats: { numSeries: 5, numLabelPairs: 7 } }, { totalSeries: 5, totalLabelValuePairs: 7 }]) {
    await using engine = await startEngine(() => ({
      status: 200,
      body: JSON.stringify({ status: "success", data: { ...sums, ...lists } }),
    }));
    const found = await engine.service.cardinality(10);
    assert.deepEqual(
      [found.series, found.labelPairs, found.seriesByMetric, found.seriesByNode],
      [5, 7, [{ name: "b", count: 2 }], [{ name: "n", count: 3 }]],
    );
  }
});
