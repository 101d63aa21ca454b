import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChainPulseError } from "../../../core/errors.ts";
import { openMetricsDoor } from "./metrics-door.ts";
import { at, lines, nowMs, OtlpLab } from "./otlp.test-support.ts";
import { metricsRequest } from "./otlp-messages.ts";

const staleBits = "7ff0000000000002";

const cumulative = 2;
const delta = 1;

/** Without scope and resource attributes that would make every expected line long. */
const resource = { attributes: [text("service.name", "node"), text("service.instance.id", "a")] };

function text(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

/** A request with these metrics of one resource. */
function request(...metrics: readonly object[]): object {
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope: {}, metrics }] }] };
}

function lab(options: Readonly<Record<string, unknown>> = {}): OtlpLab {
  return new OtlpLab(openMetricsDoor, metricsRequest, options);
}

function counter(points: readonly object[], aggregationTemporality = cumulative): object {
  return { name: "requests", unit: "1", sum: { isMonotonic: true, aggregationTemporality, dataPoints: points } };
}

function textOf({ body }: { readonly body: Uint8Array }): string {
  return new TextDecoder().decode(body);
}

// When these fail, what SDKs send is stored under other names or with other values than Prometheus stores it.
describe("OTLP metrics become Prometheus's", () => {
  test("gauges and sums", async () => {
    const door = lab();
    const answer = await door.send(
      request(
        { name: "queue.length", unit: "{job}", gauge: { dataPoints: [{ timeUnixNano: at(0), asInt: "5" }] } },
        { name: "share", unit: "1", gauge: { dataPoints: [{ timeUnixNano: at(0), asDouble: 0.25 }] } },
        counter([{ timeUnixNano: at(0), startTimeUnixNano: at(-5000), asInt: 7, attributes: [text("http.method", "GET")] }]),
        {
          name: "connections",
          sum: { aggregationTemporality: cumulative, dataPoints: [{ timeUnixNano: at(1.5), asInt: "-3" }] },
        },
      ),
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
    assert.deepEqual(lines(door.samples), [
      'connections{instance="a", job="node"} 1 -3',
      'queue_length{instance="a", job="node"} 0 5',
      'requests_total{http_method="GET", instance="a", job="node"} 0 7',
      'share_ratio{instance="a", job="node"} 0 0.25',
    ]);
    assert.deepEqual(
      door.metadata.map(({ metric, type, unit }) => `${metric} ${type} ${unit}`),
      ["queue_length gauge ", "share_ratio gauge ", "requests_total counter ", "connections gauge "],
    );
  });

  test("histograms, classic", async () => {
    const door = lab();
    const point = {
      timeUnixNano: at(0),
      count: "6",
      sum: 9.5,
      bucketCounts: ["1", "2", "3"],
      explicitBounds: [0.5, 1e21],
      min: 0.1,
      max: 4,
      exemplars: [
        { timeUnixNano: at(-1), asDouble: 0.7, traceId: "0123456789abcdef0123456789abcdef", spanId: "0123456789abcdef" },
      ],
    };
    await door.send(request({ name: "d", unit: "s", histogram: { aggregationTemporality: cumulative, dataPoints: [point] } }));
    assert.deepEqual(lines(door.samples), [
      'd_seconds_bucket{instance="a", job="node", le="+Inf"} 0 6',
      'd_seconds_bucket{instance="a", job="node", le="0.5"} 0 1',
      'd_seconds_bucket{instance="a", job="node", le="1000000000000000000000"} 0 3',
      'd_seconds_count{instance="a", job="node"} 0 6',
      'd_seconds_sum{instance="a", job="node"} 0 9.5',
    ]);
    assert.deepEqual(door.exemplars, [
      {
        series: { __name__: "d_seconds_bucket", instance: "a", job: "node", le: "1000000000000000000000" },
        exemplars: [
          {
            labels: { span_id: "0123456789abcdef", trace_id: "0123456789abcdef0123456789abcdef" },
            value: 0.7,
            timestampMs: nowMs - 1,
          },
        ],
      },
    ]);
  });

  test("histograms, native", async () => {
    const door = lab({ native_histograms: true });
    const explicit = { timeUnixNano: at(0), count: 3, sum: 2, bucketCounts: [0, 1, 0, 2], explicitBounds: [1, 2, 3] };
    const exponential = {
      timeUnixNano: at(0),
      count: "10",
      sum: 12,
      scale: 9,
      zeroCount: 1,
      positive: { offset: -1, bucketCounts: ["1", "2", "0", "0", "0", "0", "0", "0", "0", "4"] },
      negative: { offset: 4, bucketCounts: ["2"] },
    };
    await door.send(
      request(
        { name: "e", histogram: { aggregationTemporality: cumulative, dataPoints: [explicit] } },
        { name: "x", exponentialHistogram: { aggregationTemporality: cumulative, dataPoints: [exponential] } },
      ),
    );
    const [e, x] = door.histograms;
    assert.deepEqual(e?.histogram, {
      counterReset: "unknown",
      schema: -53,
      zeroThreshold: 0,
      zeroCount: 0,
      count: 3,
      sum: 2,
      positiveSpans: [{ offset: 1, length: 3 }],
      positiveBuckets: [1, 0, 2],
      negativeSpans: [],
      negativeBuckets: [],
      customValues: [1, 2, 3],
    });
    // Scale 9 has twice as many buckets as native histograms go to: −1 goes to −1, 0 to 0, 8 to 4; each one further by its upper bound.
    assert.deepEqual(x?.histogram, {
      counterReset: "unknown",
      schema: 8,
      zeroThreshold: 1e-128,
      zeroCount: 1,
      count: 10,
      sum: 12,
      positiveSpans: [
        { offset: 0, length: 2 },
        { offset: 3, length: 1 },
      ],
      positiveBuckets: [1, 2, 4],
      negativeSpans: [{ offset: 3, length: 1 }],
      negativeBuckets: [2],
      customValues: [],
    });
  });

  test("summaries", async () => {
    const door = lab();
    const quantileValues = [
      { quantile: 0.5, value: 1 },
      { quantile: 0.99, value: 4 },
    ];
    await door.send(
      request({ name: "s", summary: { dataPoints: [{ timeUnixNano: at(0), count: 2, sum: 5, quantileValues }] } }),
    );
    assert.deepEqual(lines(door.samples), [
      's_count{instance="a", job="node"} 0 2',
      's_sum{instance="a", job="node"} 0 5',
      's{instance="a", job="node", quantile="0.5"} 0 1',
      's{instance="a", job="node", quantile="0.99"} 0 4',
    ]);
  });

  test("the end of a series, all of it", async () => {
    const door = lab();
    const histogram = (point: object): object =>
      request({ name: "h", histogram: { aggregationTemporality: cumulative, dataPoints: [point] } });
    await door.send(histogram({ timeUnixNano: at(0), count: 1, sum: 1, bucketCounts: [1, 0], explicitBounds: [2] }));
    await door.send(histogram({ timeUnixNano: at(10), flags: 1 }));
    await door.send(request({ name: "g", gauge: { dataPoints: [{ timeUnixNano: at(10), flags: 1 }] } }));
    const ended = door.samples.filter(({ atMs }) => atMs === 10);
    assert.deepEqual(
      ended.map(({ series }) => series.split("{")[0]),
      ["g", "h_bucket", "h_bucket", "h_count", "h_sum"],
    );
    assert.ok(ended.every(({ value }) => value === staleBits));
  });

  test("NaN payloads as bits", async () => {
    const door = lab();
    const answer = await door.send(request({ name: "g", gauge: { dataPoints: [{ timeUnixNano: at(0), asDouble: "NaN" }] } }));
    assert.equal(answer.status, 200);
    assert.equal(door.samples[0]?.value, "7ff8000000000000");
  });

  test("labels of resource, scope and attributes; target_info over the time of the points", async () => {
    const door = lab({ resource_attributes_as_labels: ["k8s.pod.name"] });
    await door.send({
      resourceMetrics: [
        {
          resource: {
            attributes: [
              text("service.name", "geth"),
              text("service.namespace", "eth"),
              text("service.instance.id", "n1"),
              text("k8s.pod.name", "pod"),
              { key: "cpus", value: { intValue: "8" } },
            ],
          },
          scopeMetrics: [
            {
              scope: { name: "meter", version: "1.2", attributes: [text("tier", "x")] },
              schemaUrl: "https://example.org/s",
              metrics: [
                {
                  name: "g",
                  gauge: {
                    dataPoints: [
                      {
                        timeUnixNano: at(-200_000),
                        asInt: 1,
                        attributes: [text("a.b", "1"), text("a-b", "0"), text("empty", "")],
                      },
                      {
                        timeUnixNano: at(0),
                        asInt: 1,
                        attributes: [
                          { key: "list", value: { arrayValue: { values: [{ intValue: 1 }, { stringValue: "b" }] } } },
                        ],
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
    const common = 'instance="n1", job="eth/geth", k8s_pod_name="pod"';
    const scope =
      'otel_scope_name="meter", otel_scope_schema_url="https://example.org/s", otel_scope_tier="x", otel_scope_version="1.2"';
    const info = 'target_info{cpus="8", instance="n1", job="eth/geth", k8s_pod_name="pod"}';
    assert.deepEqual(lines(door.samples), [
      // "a-b" comes before "a.b".
      `g{a_b="0;1", ${common}, ${scope}} -200000 1`,
      `g{${common}, list="[1,\\"b\\"]", ${scope}} 0 1`,
      `${info} -200000 1`,
      `${info} -50000 1`,
      `${info} 0 1`,
    ]);
  });

  test("the same in JSON", async () => {
    const [a, b] = [lab(), lab()];
    const message = request(
      counter([{ timeUnixNano: at(0), asDouble: 1.5, attributes: [{ key: "n", value: { intValue: "9007199254740993" } }] }]),
      {
        name: "h",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ timeUnixNano: Number(at(0)), count: 2, bucketCounts: [2], explicitBounds: [] }],
        },
      },
    );
    await a.send(message, "protobuf");
    const answer = await b.send(message, "json");
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(textOf(answer), "{}");
    assert.deepEqual(lines(a.samples), lines(b.samples));
    assert.ok(lines(b.samples).some((line) => line.includes('n="9007199254740993"')));
  });
});

// When these fail, counts that are sent as differences come out too high or too low, or a repeated request counts twice.
describe("delta temporality", () => {
  const point = (startMs: number, timeMs: number, asInt: number): object => ({
    startTimeUnixNano: at(startMs),
    timeUnixNano: at(timeMs),
    asInt,
  });
  const series = 'requests_total{instance="a", job="node"}';

  test("is summed up from 0, over gaps, and a repetition changes nothing", async () => {
    const door = lab();
    const send = (...points: readonly object[]): ReturnType<OtlpLab["send"]> => door.send(request(counter(points, delta)));
    await send(point(0, 1000, 5));
    await send(point(1000, 2000, 2));
    await send(point(1000, 2000, 2));
    await send(point(5000, 6000, 10));
    const late = await send(point(2000, 3000, 1));
    assert.deepEqual(lines(door.samples), [`${series} 1 0`, `${series} 1000 5`, `${series} 2000 7`, `${series} 6000 17`]);
    assert.match(textOf(late), /1 data points were not stored.*older than the newest/);
  });

  test("a sum goes on although its attributes come in another order", async () => {
    // What breaks: two sums take turns in one series, and each turn looks like a jump by all that was ever counted.
    const door = lab();
    const [get, ok] = [text("http.method", "GET"), text("code", "200")];
    await door.send(request(counter([{ ...point(0, 1000, 1000), attributes: [get, ok] }], delta)));
    await door.send(request(counter([{ ...point(1000, 2000, 5), attributes: [ok, get] }], delta)));
    await door.send(request(counter([{ ...point(2000, 3000, 7), attributes: [get, ok] }], delta)));
    const values = door.samples.map(({ atMs, value }) => [atMs, value]);
    assert.deepEqual(values, [
      [1, 0],
      [1000, 1000],
      [2000, 1005],
      [3000, 1012],
    ]);
  });

  test("is as it was when a request could not be stored", async () => {
    const door = lab();
    await door.send(request(counter([point(0, 1000, 5)], delta)));
    door.failure = new ChainPulseError("STORE_FULL", "the disk is full");
    const refused = await door.send(request(counter([point(1000, 2000, 2), point(2000, 3000, 3)], delta)));
    assert.equal(refused.status, 503);
    assert.equal(refused.headers["retry-after"], "10");
    await door.send(request(counter([point(1000, 2000, 2), point(2000, 3000, 3)], delta)));
    assert.deepEqual(lines(door.samples).slice(1), [`${series} 1000 5`, `${series} 2000 7`, `${series} 3000 10`]);
  });

  test("of histograms", async () => {
    const door = lab();
    const histogram = (timeMs: number, bucketCounts: readonly number[], sum: number): object => ({
      name: "h",
      histogram: {
        aggregationTemporality: delta,
        dataPoints: [
          {
            startTimeUnixNano: at(timeMs - 1000),
            timeUnixNano: at(timeMs),
            count: bucketCounts.reduce((all, one) => all + one, 0),
            sum,
            bucketCounts,
            explicitBounds: [1],
          },
        ],
      },
    });
    await door.send(request(histogram(1000, [1, 2], 5)));
    await door.send(request(histogram(2000, [3, 0], 1)));
    const later = door.samples.filter(({ atMs }) => atMs === 2000);
    assert.deepEqual(lines(later), [
      'h_bucket{instance="a", job="node", le="+Inf"} 2000 6',
      'h_bucket{instance="a", job="node", le="1"} 2000 4',
      'h_count{instance="a", job="node"} 2000 6',
      'h_sum{instance="a", job="node"} 2000 6',
    ]);
    assert.equal(door.samples.filter(({ atMs, value }) => atMs === 1 && value === 0).length, 4);
  });

  test("of exponential histograms with different scales", async () => {
    const door = lab();
    const exponential = (timeMs: number, scale: number, offset: number, bucketCounts: readonly number[]): object => ({
      name: "x",
      exponentialHistogram: {
        aggregationTemporality: delta,
        dataPoints: [
          {
            startTimeUnixNano: at(timeMs - 1000),
            timeUnixNano: at(timeMs),
            count: bucketCounts.reduce((all, one) => all + one, 0),
            sum: 1,
            scale,
            positive: { offset, bucketCounts },
          },
        ],
      },
    });
    await door.send(request(exponential(1000, 1, 0, [1, 1, 1])));
    await door.send(request(exponential(2000, 0, 1, [5])));
    assert.deepEqual(
      door.histograms.map(({ histogram: { counterReset, schema, count, sum, positiveSpans, positiveBuckets } }) => ({
        counterReset,
        schema,
        count,
        sum,
        positiveSpans,
        positiveBuckets,
      })),
      [
        {
          counterReset: "reset",
          schema: 1,
          count: 3,
          sum: 1,
          positiveSpans: [{ offset: 1, length: 3 }],
          positiveBuckets: [1, 1, 1],
        },
        {
          counterReset: "unknown",
          schema: 0,
          count: 8,
          sum: 2,
          positiveSpans: [{ offset: 1, length: 2 }],
          positiveBuckets: [2, 6],
        },
      ],
    );
  });

  test("of sums that may fall is refused", async () => {
    const door = lab();
    const sum = { aggregationTemporality: delta, dataPoints: [point(0, 1000, 5)] };
    const answer = await door.send(request({ name: "updown", sum }), "json");
    assert.equal(answer.status, 200);
    assert.match(textOf(answer), /"rejectedDataPoints":"1".*updown.*cumulative/);
    assert.deepEqual(door.samples, []);
  });

  test("of more series than are allowed is refused", async () => {
    const door = lab({ delta_series_max: 1 });
    const points = ["a", "b"].map((name) => ({ ...point(0, 1000, 1), attributes: [text("n", name)] }));
    const answer = await door.send(request(counter(points, delta)));
    assert.match(textOf(answer), /1 data points were not stored.*delta_series_max/);
    assert.deepEqual(door.refused, [["series_limit", 1]]);
  });
});

// When these fail, a restart of a program that counts fast is taken for an increase from the value before.
describe("restarts", () => {
  test("are marked with a zero at the new start, also when a request could not be stored", async () => {
    const door = lab();
    const send = (startMs: number, timeMs: number, asInt: number): ReturnType<OtlpLab["send"]> =>
      door.send(request(counter([{ startTimeUnixNano: at(startMs), timeUnixNano: at(timeMs), asInt }])));
    await send(0, 1000, 5);
    await send(0, 2000, 6);
    door.failure = new ChainPulseError("STORE_FULL", "the disk is full");
    await send(2500, 3000, 8);
    await send(2500, 3000, 8);
    await send(2500, 3500, 9);
    const series = 'requests_total{instance="a", job="node"}';
    assert.deepEqual(lines(door.samples), [
      `${series} 1000 5`,
      `${series} 2000 6`,
      `${series} 2500 0`,
      `${series} 3000 8`,
      `${series} 3500 9`,
    ]);
  });
});

// When these fail, a request that is wrong in part is lost as a whole, or what was not stored is not told of.
describe("what cannot be stored", () => {
  test("is counted, with reasons; the rest is stored", async () => {
    const door = lab();
    const answer = await door.send(
      request(
        {
          name: "g",
          gauge: {
            dataPoints: [
              { timeUnixNano: at(-4_000_000), asInt: 1 },
              { timeUnixNano: at(700_000), asInt: 1 },
              { timeUnixNano: "0", asInt: 1 },
              { timeUnixNano: at(0) },
              { timeUnixNano: at(0), asInt: 1, attributes: [text("k", "a\0b")] },
              { timeUnixNano: at(0), asInt: 4 },
            ],
          },
        },
        { name: "...", gauge: { dataPoints: [{ timeUnixNano: at(0), asInt: 1 }] } },
        { name: "unspecified", sum: { dataPoints: [{ timeUnixNano: at(0), asInt: 1 }] } },
        {
          name: "h",
          histogram: {
            aggregationTemporality: cumulative,
            dataPoints: [
              { timeUnixNano: at(0), count: 2, bucketCounts: [1, 1], explicitBounds: [] },
              { timeUnixNano: at(0), count: 2, bucketCounts: [1, 1, 0], explicitBounds: [2, 1] },
              { timeUnixNano: at(0), count: 3, bucketCounts: [1, 1], explicitBounds: [2] },
            ],
          },
        },
        {
          name: "x",
          exponentialHistogram: {
            aggregationTemporality: cumulative,
            dataPoints: [{ timeUnixNano: at(0), count: 1, scale: -5, positive: { bucketCounts: [1] } }],
          },
        },
      ),
      "json",
    );
    assert.equal(answer.status, 200);
    assert.match(textOf(answer), /"rejectedDataPoints":"11"/);
    assert.deepEqual(lines(door.samples), ['g{instance="a", job="node"} 0 4']);
    assert.deepEqual(
      new Map(door.refused),
      new Map([
        ["too_old", 2],
        ["too_new", 1],
        ["invalid", 6],
        ["unsupported", 2],
      ]),
    );
  });

  test("because its labels are too many or too long", async () => {
    const door = lab();
    const gauge = (attributes: readonly object[]): object => ({ timeUnixNano: at(0), asInt: 1, attributes });
    const many = Array.from({ length: 200 }, (_, index) => text(`k${index}`, "v"));
    const message = request({ name: "g", gauge: { dataPoints: [gauge(many), gauge([text("k", "x".repeat(60_000))])] } });
    await door.send(message);
    assert.deepEqual(door.refused, [["label_limit", 2]]);
    // target_info does without them.
    await door.send({
      resourceMetrics: [
        {
          resource: {
            attributes: [text("service.name", "s"), text("command", "x".repeat(60_000)), text("host", "h"), ...many],
          },
          scopeMetrics: [{ metrics: [{ name: "g", gauge: { dataPoints: [gauge([])] } }] }],
        },
      ],
    });
    assert.ok(door.samples.some(({ series }) => series.startsWith('target_info{host="h", job="s"')));
  });

  test("because its labels are too long together is told so, and target_info does without what is too much", async () => {
    // If it fails, a point that can never be stored is counted as one for which there is no room now.
    const door = lab();
    const long = Array.from({ length: 9 }, (_, index) => text(`k${index}`, "x".repeat(8000)));
    const dataPoints = [{ timeUnixNano: at(0), asInt: 1, attributes: long }];
    const answer = await door.send(request({ name: "g", gauge: { dataPoints } }), "json");
    assert.match(textOf(answer), /"rejectedDataPoints":"1".*more than 65536 characters together/);
    assert.deepEqual(door.refused, [["label_limit", 1]]);
    const attributes = [text("service.name", "s"), text("a", "short"), ...long, text("z", "short")];
    const points = [{ timeUnixNano: at(0), asInt: 1 }];
    await door.send({
      resourceMetrics: [
        { resource: { attributes }, scopeMetrics: [{ metrics: [{ name: "g", gauge: { dataPoints: points } }] }] },
      ],
    });
    const info = door.samples.find(({ series }) => series.startsWith("target_info"));
    assert.match(info?.series ?? "", /^target_info\{a="short", job="s", k0="x+", .*z="short"\}$/);
    assert.deepEqual(door.refused, [["label_limit", 1]]);
  });

  test("because there is no room for a series does not keep others out", async () => {
    const door = lab();
    door.refuse = (labels) => (labels["k"] === "no" ? "the store takes no more series" : null);
    const points = ["no", "yes"].map((k, index) => ({ timeUnixNano: at(0), asInt: index, attributes: [text("k", k)] }));
    const answer = await door.send(request({ name: "g", gauge: { dataPoints: points } }));
    assert.match(textOf(answer), /no more series/);
    assert.deepEqual(lines(door.samples), ['g{instance="a", job="node", k="yes"} 0 1']);
    // With room there is a number with the next request.
    door.refuse = () => null;
    await door.send(request({ name: "g", gauge: { dataPoints: points } }));
    assert.equal(door.samples.length, 2);
  });

  test("an empty request is fine", async () => {
    for (const encoding of ["protobuf", "json"] as const) {
      const answer = await lab().send({}, encoding);
      assert.equal(answer.status, 200);
    }
  });
});

// When these fail, the numbers of series are asked for with every request, or held for ever.
describe("series numbers", () => {
  const gauge = request({
    name: "g",
    gauge: { dataPoints: [{ timeUnixNano: at(0), asInt: 1, attributes: [text("a", "b")] }] },
  });

  test("are asked for once, and given up when a stream has not come for an hour", async () => {
    const door = lab();
    await door.send(gauge);
    await door.send(gauge);
    assert.equal(door.resolved, 1);
    door.clockMs = nowMs + 3_700_000;
    await door.send({});
    door.clockMs += 400_000;
    await door.send({});
    assert.deepEqual([...door.holds.values()], [0]);
    await door.send(gauge);
    assert.equal(door.resolved, 2);
  });

  test("are given up after an hour though the clock was set back meanwhile", async () => {
    const door = lab();
    await door.send(gauge);
    door.wallAheadMs = -86_400_000;
    door.clockMs += 3_700_000;
    await door.send({});
    door.clockMs += 400_000;
    await door.send({});
    assert.deepEqual([...door.holds.values()], [0]);
  });

  test("are asked for anew when names have come to be made differently", async () => {
    const door = lab();
    await door.send(request(counter([{ timeUnixNano: at(0), asInt: 1 }])));
    door.configure({ translation_strategy: "no_translation" });
    await door.send(request(counter([{ timeUnixNano: at(1), asInt: 1 }])));
    assert.deepEqual(lines(door.samples), [
      'requests_total{instance="a", job="node"} 0 1',
      'requests{instance="a", job="node"} 1 1',
    ]);
  });

  test("of more streams than are remembered are given up at once", async () => {
    const door = new OtlpLab((context) => openMetricsDoor(context, 3), metricsRequest);
    const points = Array.from({ length: 5 }, (_, index) => ({
      timeUnixNano: at(0),
      asInt: 1,
      attributes: [text("n", String(index))],
    }));
    await door.send(request({ name: "g", gauge: { dataPoints: points } }));
    assert.deepEqual([...door.holds.values()], [1, 1, 1, 0, 0]);
    assert.equal(door.samples.length, 5);
  });

  test("of two requests at once that bring the same new series are held once", async () => {
    const door = lab();
    await Promise.all([door.send(gauge), door.send(gauge)]);
    assert.deepEqual([...door.holds.values()], [1]);
    assert.equal(door.samples.length, 1);
  });
});
