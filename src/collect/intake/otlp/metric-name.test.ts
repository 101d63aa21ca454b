import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { labelName } from "./label-name.ts";
import { metricName, type NamedMetric, unitName } from "./metric-name.ts";

const standard = { escape: true, suffixes: true };

/** Name, unit, kind → the name that Prometheus 3 gives it by default. */
const cases: readonly (readonly [string, string, NamedMetric["kind"], string])[] = [
  ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds"],
  ["jvm.memory.used", "By", "other", "jvm_memory_used_bytes"],
  ["jvm.cpu.time", "s", "counter", "jvm_cpu_time_seconds_total"],
  ["jvm.cpu.recent_utilization", "1", "gauge", "jvm_cpu_recent_utilization_ratio"],
  ["requests", "1", "counter", "requests_total"],
  ["requests.total", "{request}", "counter", "requests_total"],
  ["total.requests", "", "counter", "requests_total"],
  ["network.io", "By/s", "gauge", "network_io_bytes_per_second"],
  ["speed", "m/s", "gauge", "speed_meters_per_second"],
  ["rate", "{packet}/s", "gauge", "rate_per_second"],
  ["hits", "1/{second}", "gauge", "hits"],
  ["latency.ms", "ms", "other", "latency_ms_milliseconds"],
  ["disk.used.bytes", "By", "gauge", "disk_used_bytes"],
  ["usage", "%", "gauge", "usage_percent"],
  ["big", "TiBy", "gauge", "big_tibibytes"],
  ["odd__name..x", "", "gauge", "odd_name_x"],
  ["5xx", "", "counter", "_5xx_total"],
  ["a:b", "", "gauge", "a:b"],
  ["gas.price", "gwei/gas", "gauge", "gas_price_gwei_per_gas"],
  ["per.second", "{x}/s", "gauge", "per_second_per_second"],
  ["ünï", "", "gauge", "n"],
  ["...", "", "gauge", ""],
  ["_x_", "", "gauge", "x"],
];

// When these fail, a dashboard that was made for another OTLP backend of Prometheus finds nothing here.
describe("names of metrics", () => {
  for (const [name, unit, kind, expected] of cases) {
    test(`${name} [${unit}] ${kind}`, () => assert.equal(metricName({ name, unit, kind }, standard), expected));
  }

  test("without suffixes, without escaping, without either", () => {
    const metric = { name: "http.requests__x", unit: "By/s", kind: "counter" } as const;
    assert.equal(metricName(metric, { escape: true, suffixes: false }), "http_requests__x");
    assert.equal(metricName(metric, { escape: false, suffixes: true }), "http.requests__x_bytes_per_second_total");
    assert.equal(metricName(metric, { escape: false, suffixes: false }), "http.requests__x");
    const already = { name: "a_bytes_per_second_total", unit: "By/s", kind: "counter" } as const;
    assert.equal(metricName(already, { escape: false, suffixes: true }), "a_bytes_per_second_total");
  });

  test("units in metadata", () => {
    assert.deepEqual(["s", "By/s", "{request}", "1", "%"].map(unitName), ["seconds", "bytes_per_second", "", "", "percent"]);
  });

  test("are names, or nothing, whatever comes", () => {
    const kind = fc.constantFrom("counter", "gauge", "other");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), kind, fc.boolean(), (name, unit, which, suffixes) => {
        assert.match(metricName({ name, unit, kind: which }, { escape: true, suffixes }), /^([a-zA-Z_:][a-zA-Z0-9_:]*)?$/);
      }),
    );
  });
});

// When these fail, two attributes become one label, or a label has a name that no query can select.
describe("names of labels", () => {
  test("are those that Prometheus makes", () => {
    const made = ["http.method", "a__b", "1st", "_private", "__reserved__", ".", "..", "é", "\u{1F980}x", ""].map((name) =>
      labelName(name, true),
    );
    assert.deepEqual(made, ["http_method", "a__b", "key_1st", "key_private", "__reserved__", "key_", "", "key_", "key_x", ""]);
    assert.equal(labelName("http.method", false), "http.method");
  });

  test("are names, or nothing, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        assert.match(labelName(name, true), /^([a-zA-Z_][a-zA-Z0-9_]*)?$/);
      }),
    );
  });
});
