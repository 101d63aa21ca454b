import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { parse } from "yaml";
import type { Config } from "../../core/config.ts";
import type { ExplainedNode } from "../../core/explain.ts";
import { lab, labSamples } from "../lab.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { ruleGroups } from "./rule-groups.test-support.ts";

interface Envelope {
  readonly status: string;
  readonly data: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
}

const heat = lab.heat.prometheusName;
const turns = lab.turns.prometheusName;

describe("the Prometheus HTTP API", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (let second = 0; second < 3; second++) {
      world.tick(labSamples([second, second * 2], 20 + second));
      world.pass(1000);
    }
  });
  after(() => world.close());

  const get = (path: string, parameters: Readonly<Record<string, string>>): Promise<Envelope> =>
    world.json<Envelope>(`${path}?${new URLSearchParams(parameters).toString()}`);
  const post = async (path: string, parameters: Readonly<Record<string, string>>): Promise<Envelope> =>
    (await (await world.fetch(path, { method: "POST", body: new URLSearchParams(parameters) })).json()) as Envelope;

  test("GET and POST give the same vector, values as strings", async () => {
    // If it fails, Grafana shows nothing, or loses precision.
    const parameters = { query: heat, time: "1764000002" };
    const expected = {
      resultType: "vector",
      result: [{ metric: { __name__: heat, node: "node-1" }, value: [1_764_000_002, "22"] }],
    };
    assert.deepEqual((await get("/api/v1/query", parameters)).data, expected);
    assert.deepEqual((await post("/api/v1/query", parameters)).data, expected);
  });

  test("a range has a pair per step", async () => {
    // If it fails, every graph panel is empty.
    const answer = await post("/api/v1/query_range", { query: heat, start: "1764000000", end: "1764000002.5", step: "1" });
    assert.deepEqual(answer.data, {
      resultType: "matrix",
      result: [
        {
          metric: { __name__: heat, node: "node-1" },
          values: [
            [1_764_000_000, "20"],
            [1_764_000_001, "21"],
            [1_764_000_002, "22"],
          ],
        },
      ],
    });
  });

  test("more than 11,000 points per series are refused with Prometheus's words", async () => {
    // If it fails, one query makes an answer of a gigabyte.
    const answer = await get("/api/v1/query_range", { query: heat, start: "0", end: "11001", step: "1" });
    assert.equal(answer.errorType, "bad_data");
    assert.match(answer.error ?? "", /exceeded maximum resolution of 11,000 points per timeseries/);
  });

  test("labels, values and series, with and without selectors", async () => {
    // If it fails, the query builder offers nothing.
    assert.deepEqual((await get("/api/v1/labels", {})).data, ["__name__", "name", "node", "pid", "wheel"]);
    assert.deepEqual((await post("/api/v1/labels", { "match[]": turns })).data, ["__name__", "node", "wheel"]);
    assert.deepEqual((await get("/api/v1/label/wheel/values", {})).data, ["0", "10"]);
    const selectors = `match[]=${turns}&match[]=${heat}`;
    const series = await world.json<Envelope>(`/api/v1/series?${selectors}&limit=40000`);
    assert.equal((series.data as readonly unknown[]).length, 3);
    assert.equal((await get("/api/v1/series", {})).errorType, "bad_data");
    // Grafana's selector for everything.
    const all = await get("/api/v1/series", { "match[]": '{__name__!=""}' });
    assert.equal((all.data as readonly unknown[]).length, 15);
  });

  test("a limit cuts and warns", async () => {
    // If it fails, a cut list looks complete.
    for (const [path, parameters] of [
      ["/api/v1/labels", { limit: "2" }],
      ["/api/v1/label/pid/values", { limit: "2" }],
      ["/api/v1/series", { limit: "2", "match[]": turns }],
    ] as const) {
      const answer = await get(path, parameters);
      const cut = path !== "/api/v1/series";
      assert.equal((answer.data as readonly unknown[]).length, 2, path);
      assert.deepEqual(answer.warnings, cut ? ["results truncated due to limit"] : undefined, path);
    }
  });

  test("metadata has type, help and unit of every declared metric", async () => {
    // If it fails, the metric browser explains nothing.
    const { data } = await get("/api/v1/metadata", { metric: turns });
    assert.deepEqual(data, { [turns]: [{ type: "counter", help: lab.turns.help, unit: "{turn}" }] });
  });

  test("buildinfo has no features", async () => {
    // If it fails, Grafana takes the server for Mimir and offers rule editing that is not there.
    const { data } = await get("/api/v1/status/buildinfo", {});
    assert.equal(typeof (data as { version: string }).version, "string");
    assert.equal("features" in (data as object), false);
  });

  test("status/tsdb tells who has the most series, in Prometheus's form", async () => {
    // If it fails, nobody finds the label that eats the memory, and Prometheus's own page shows nothing.
    const { data } = await get("/api/v1/status/tsdb", { limit: "1" });
    assert.deepEqual(data, {
      headStats: { numSeries: 15, numLabelPairs: 21, chunkCount: 0, minTime: 1_764_000_000_000, maxTime: 1_764_000_002_000 },
      seriesCountByMetricName: [{ name: lab.work.prometheusName, value: 12 }],
      labelValueCountByLabelName: [{ name: "pid", value: 12 }],
      memoryInBytesByLabelName: [{ name: "__name__", value: 45 }],
      seriesCountByLabelValuePair: [{ name: "node=node-1", value: 15 }],
    });
    const all = await get("/api/v1/status/tsdb", {});
    assert.equal((all.data as Record<string, readonly unknown[]>)["seriesCountByLabelValuePair"]?.length, 10);
    for (const limit of ["0", "-1", "x", "10001"]) {
      assert.equal((await get("/api/v1/status/tsdb", { limit })).errorType, "bad_data", limit);
    }
  });

  test("what is wrong with a parameter is said in Prometheus's words", async () => {
    // If it fails, clients show “unknown error” and not what to change.
    const range = { query: heat, start: "0", end: "10", step: "1" };
    const cases: readonly (readonly [path: string, parameters: Record<string, string>, error: RegExp])[] = [
      ["query", { query: "sum(" }, /^invalid parameter "query": 1:5: parse error: /],
      ["query", {}, /^invalid parameter "query": .*no expression found in input$/],
      [
        "query",
        { query: heat, time: "yesterday" },
        /^invalid parameter "time": cannot parse "yesterday" to a valid timestamp$/,
      ],
      ["query", { query: heat, time: "1e300" }, /^invalid parameter "time": cannot parse "1e300" to a valid timestamp$/],
      ["query", { query: heat, timeout: "1 s" }, /^invalid parameter "timeout": cannot parse "1 s" to a valid duration$/],
      ["query", { query: heat, limit: "1.5" }, /^invalid parameter "limit": limit must be a number$/],
      ["query", { query: heat, limit: "-1" }, /^invalid parameter "limit": limit must be non-negative$/],
      ["query_range", { query: heat }, /^invalid parameter "start": cannot parse "" to a valid timestamp$/],
      ["query_range", { ...range, end: "-1" }, /^invalid parameter "end": end timestamp must not be before start time$/],
      ["query_range", { ...range, step: "" }, /^invalid parameter "step": cannot parse "" to a valid duration$/],
      ["query_range", { ...range, step: "-1" }, /^invalid parameter "step": zero or negative query resolution step widths/],
      [
        "query_range",
        { ...range, query: `${heat}[1m]` },
        /^invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector$/,
      ],
      ["series", {}, /^no match\[\] parameter provided$/],
      ["series", { "match[]": "{}" }, /^invalid parameter "match\[\]": .*at least one non-empty matcher$/],
    ];
    for (const [path, parameters, error] of cases) {
      const answer = await get(`/api/v1/${path}`, parameters);
      assert.equal(answer.errorType, "bad_data", path);
      assert.match(answer.error ?? "", error, JSON.stringify([path, parameters]));
    }
  });

  test("times and durations are read as Prometheus reads them", async () => {
    // If it fails, a client's way to write a time gives an error, or another time.
    for (const time of [
      "1764000002",
      "1764000002.000",
      "1.764000002e9",
      "2025-11-24T16:00:02Z",
      "2025-11-24T17:00:02.000+01:00",
    ]) {
      const { data } = await get("/api/v1/query", { query: "time()", time });
      assert.deepEqual(data, { resultType: "scalar", result: [1_764_000_002, "1764000002"] }, time);
    }
    for (const step of ["1", "1.0", "1s", "1000ms"]) {
      const { data } = await get("/api/v1/query_range", { query: "1", start: "0", end: "2", step });
      assert.equal((data as { result: readonly { values: readonly unknown[] }[] }).result[0]?.values.length, 3, step);
    }
    // The ends of Go's time, which promtool sends where nothing was said.
    const all = await get("/api/v1/series", { "match[]": heat, start: "-9223309901257974", end: "9223309901257974" });
    assert.equal((all.data as readonly unknown[]).length, 1);
  });

  test("a limit on the series of a query cuts and warns; the look-back can be shortened; stats tell the cost", async () => {
    // If it fails, a cut answer looks complete, or an old value looks new.
    const cut = await get("/api/v1/query", { query: turns, limit: "1", time: "1764000002" });
    assert.equal((cut.data as { result: readonly unknown[] }).result.length, 1);
    assert.deepEqual(cut.warnings, ["results truncated due to limit"]);
    const later = { query: heat, time: "1764000060" };
    const resultOf = async (more: object): Promise<number> =>
      ((await get("/api/v1/query", { ...later, ...more })).data as { result: readonly unknown[] }).result.length;
    assert.deepEqual([await resultOf({}), await resultOf({ lookback_delta: "10s" })], [1, 0]);
    const { data } = await get("/api/v1/query", { query: `sum_over_time(${heat}[1m])`, time: "1764000002", stats: "all" });
    const { stats } = data as { stats: { timings: Record<string, number>; samples: Record<string, number> } };
    assert.equal(stats.samples["totalQueryableSamples"], 3);
    assert.ok(Object.values(stats.timings).every((seconds) => seconds >= 0));
  });

  test("a name that a path cannot hold comes escaped", async () => {
    // If it fails, labels with dots cannot be listed.
    assert.deepEqual((await get("/api/v1/label/U__whe_65_l/values", {})).data, ["0", "10"]);
    assert.deepEqual((await get("/api/v1/label/U__no_such_2e_label/values", {})).data, []);
  });

  test("a query is formatted, parsed and explained", async () => {
    // If it fails, the editor cannot tidy a query, nor show why it gives nothing.
    const query = `sum(rate(${turns}[1m]))by(node) > 0`;
    assert.equal((await post("/api/v1/format_query", { query })).data, `sum by (node) (rate(${turns}[1m])) > 0`);
    assert.equal(((await post("/api/v1/parse_query", { query })).data as { type: string }).type, "binaryExpr");
    const root = (await post("/api/v1/query_explain", { query, time: "1764000002" })).data as ExplainedNode;
    const lines: string[] = [];
    const walk = ({ text, kind, series, samples, children }: ExplainedNode, indent: string): void => {
      lines.push(`${indent}${kind} ${text}: ${series} series, ${samples} samples`);
      for (const child of children) walk(child, `${indent}  `);
    };
    walk(root, "");
    assert.deepEqual(lines, [
      `binary ${query}: 1 series, 1 samples`,
      `  aggregation sum(rate(${turns}[1m]))by(node): 1 series, 1 samples`,
      `    call rate(${turns}[1m]): 2 series, 2 samples`,
      `      range ${turns}[1m]: 2 series, 6 samples`,
      "  number 0: 1 series, 1 samples",
    ]);
    const failing = await post("/api/v1/query_explain", { query: `${turns} * on (node) ${turns}` });
    const { series, error, children } = failing.data as ExplainedNode;
    assert.equal(series, null);
    assert.match(error ?? "", /duplicate series|many-to-many/);
    assert.equal(children.length, 2);
  });

  test("federation hands on any series with its time, and keeps the scraper from giving it another instance", async () => {
    // If it fails, a Prometheus that federates merges the nodes' series, or dates them wrongly.
    const selectors = new URLSearchParams([
      ["match[]", heat],
      ["match[]", `{wheel="0"}`],
    ]);
    const response = await world.fetch(`/federate?${selectors.toString()}`);
    assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    assert.equal(
      await response.text(),
      [
        `# HELP ${heat} Heat of the kettle,\\nwith a \\\\ and a "quote".`,
        `# TYPE ${heat} gauge`,
        `${heat}{node="node-1",instance=""} 22 1764000002000`,
        `# HELP ${turns} ${lab.turns.help}`,
        `# TYPE ${turns} counter`,
        `${turns}{node="node-1",wheel="0",instance=""} 2 1764000002000`,
        "",
      ].join("\n"),
    );
    assert.equal(await (await world.fetch("/federate")).text(), "");
    assert.equal((await world.fetch("/federate?match[]={")).status, 400);
  });

  test("the target is the node itself, and it is down when its ticks do not come", async () => {
    // If it fails, a node that has stopped looks healthy to whoever watches its targets.
    const targetOf = async (): Promise<Record<string, unknown> | undefined> =>
      ((await get("/api/v1/targets", {})).data as { activeTargets: readonly Record<string, unknown>[] }).activeTargets[0];
    const target = await targetOf();
    assert.deepEqual([target?.["health"], target?.["lastScrape"]], ["up", "2025-11-24T16:00:02.000Z"]);
    assert.equal(target?.["scrapeUrl"], `${world.server.url}metrics`);
    world.pass(60_000);
    assert.equal((await targetOf())?.["health"], "down");
    world.pass(-60_000);
  });

  test("the configuration is told without its secrets", async (context) => {
    // If it fails, whoever may read learns what lets them write elsewhere.
    const alertmanagers = [{ url: "http://user:hush@192.0.2.1:9093/am/" }, { url: "http://192.0.2.2/?token=hush" }];
    const webhooks = [{ url: "https://hooks.example/T000/hush" }];
    const other = await openWorld({ config: { alerts: { alertmanagers, webhooks } } });
    context.after(() => other.close());
    const { data } = await other.json<{ data: { yaml: string } }>("/api/v1/status/config");
    const { performance_monitoring: config } = parse(data.yaml) as { performance_monitoring: Config };
    assert.equal(config.sampling_interval_ms, 1000);
    assert.deepEqual(
      [...config.alerts.alertmanagers, ...config.alerts.webhooks].map(({ url }) => url),
      ["http://192.0.2.1:9093/am/", "http://192.0.2.2/?<secret>", "https://hooks.example/<secret>"],
    );
    const known = await other.json<{ data: { activeAlertmanagers: unknown } }>("/api/v1/alertmanagers");
    assert.deepEqual(known.data.activeAlertmanagers, [
      { url: "http://192.0.2.1:9093/am/api/v2/alerts" },
      { url: "http://192.0.2.2/api/v2/alerts" },
    ]);
  });

  test("a configuration that was refused is a notification", async () => {
    // If it fails, an operator goes on with the old configuration and does not know.
    assert.deepEqual((await get("/api/v1/notifications", {})).data, []);
    world.refuseConfig("line 3: no such key");
    assert.deepEqual((await get("/api/v1/notifications", {})).data, [
      { text: "Configuration reload has failed: line 3: no such key", date: "2025-11-24T16:00:00.000Z", active: true },
    ]);
  });

  test("rules can be chosen, and come page by page", async () => {
    // If it fails, a client that asks for one group gets them all, or never comes to an end.
    world.evaluate(ruleGroups);
    const groupsOf = async (parameters: Record<string, string>): Promise<readonly (readonly [string, readonly string[]])[]> => {
      const { data } = await get("/api/v1/rules", parameters);
      const { groups } = data as { groups: readonly { name: string; rules: readonly { name: string }[] }[] };
      return groups.map(({ name, rules }) => [name, rules.map((rule) => rule.name)]);
    };
    assert.deepEqual(await groupsOf({}), [
      ["g", ["r", "Hot"]],
      ["h", ["s"]],
    ]);
    assert.deepEqual(await groupsOf({ type: "alert" }), [["g", ["Hot"]]]);
    assert.deepEqual(await groupsOf({ "rule_name[]": "r" }), [["g", ["r"]]]);
    assert.deepEqual(await groupsOf({ "rule_group[]": "h" }), [["h", ["s"]]]);
    assert.deepEqual(await groupsOf({ "match[]": '{severity="page"}' }), [["g", ["Hot"]]]);
    assert.deepEqual(await groupsOf({ "match[]": '{severity=~"p.*", team="none"}' }), []);
    assert.deepEqual(await groupsOf({ "match[]": '{alertname="Hot"}' }), [], "labels of the rule, not of its alerts");
    const either = await world.json<Envelope>(`/api/v1/rules?match[]={severity="page"}&match[]={team="chain",severity=""}`);
    assert.deepEqual(
      (either.data as { groups: readonly { name: string }[] }).groups.map(({ name }) => name),
      ["g", "h"],
      "one of them is enough",
    );
    const { groupNextToken } = (await get("/api/v1/rules", { group_limit: "1" })).data as { groupNextToken: string };
    assert.deepEqual(await groupsOf({ group_limit: "1", group_next_token: groupNextToken }), [["h", ["s"]]]);
    const { alerts } = (await get("/api/v1/alerts", {})).data as { alerts: readonly Record<string, unknown>[] };
    assert.deepEqual(alerts[0], {
      labels: { alertname: "Hot" },
      annotations: { summary: "It is hot." },
      state: "firing",
      activeAt: "1970-01-01T00:00:01.000Z",
      keepFiringSince: "1970-01-01T00:00:02.000Z",
      value: "4.15e+01",
    });
    assert.equal(alerts[1]?.["value"], "+Inf");
  });
});
