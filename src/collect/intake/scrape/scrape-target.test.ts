import assert from "node:assert/strict";
import { test } from "node:test";
import { openScrapeLab } from "./scrape-lab.test-support.ts";

const up = { __name__: "up" };

test("a scrape stores what the target says, and what it says of itself", async () => {
  // If this fails, scraped values are not what the target exposes, or rules on `up` do not see it.
  await using lab = await openScrapeLab({
    said: '# HELP a_total Things.\n# TYPE a_total counter\na_total{x="1"} 5\na_total{x="2"} 1e3\nb 0.25 7000\n',
  });
  await lab.scrape(10_000);
  const instance = lab.server.address;
  assert.deepEqual(lab.sink.series({ __name__: "a_total", x: "1", job: "test", instance }), [{ timeMs: 10_000, value: 5 }]);
  assert.deepEqual(lab.sink.series({ __name__: "a_total", x: "2" }), [{ timeMs: 10_000, value: 1000 }]);
  assert.deepEqual(lab.sink.series({ __name__: "b" }), [{ timeMs: 7000, value: 0.25 }]);
  assert.deepEqual(lab.sink.series({ ...up, job: "test", instance }), [{ timeMs: 10_000, value: 1 }]);
  assert.deepEqual(lab.sink.series({ __name__: "scrape_samples_scraped" }), [{ timeMs: 10_000, value: 3 }]);
  assert.deepEqual(lab.sink.series({ __name__: "scrape_series_added" }), [{ timeMs: 10_000, value: 3 }]);
  assert.deepEqual(lab.metadata, [{ metric: "a_total", type: "counter", help: "Things.", unit: "" }]);
  await lab.scrape(20_000);
  assert.deepEqual(lab.sink.series({ __name__: "scrape_series_added" }).at(-1), { timeMs: 20_000, value: 0 });
  const { health, samplesScraped, lastError, lastScrapeMs } = lab.target.status;
  assert.deepEqual(
    { health, samplesScraped, lastError, lastScrapeMs },
    { health: "up", samplesScraped: 3, lastError: "", lastScrapeMs: 20_000 },
  );
});

test("a series that is gone ends, one with a time of its own does not, and a failed scrape ends all", async () => {
  // If this fails, what is gone goes on for five minutes in every query, or what lives is cut.
  await using lab = await openScrapeLab({ said: "a 1\nb 2\nc 3 5000\n" });
  await lab.scrape(10_000);
  lab.server.say("b 3\na 2\n");
  await lab.scrape(20_000);
  lab.server.say("b 4\n");
  await lab.scrape(30_000);
  assert.deepEqual(lab.sink.series({ __name__: "a" }), [
    { timeMs: 10_000, value: 1 },
    { timeMs: 20_000, value: 2 },
    { timeMs: 30_000, value: "stale" },
  ]);
  assert.deepEqual(lab.sink.series({ __name__: "c" }), [{ timeMs: 5000, value: 3 }]);
  lab.server.say((_, response) => response.writeHead(500).end());
  await lab.scrape(40_000);
  await lab.scrape(50_000);
  assert.deepEqual(lab.sink.series({ __name__: "b" }).slice(2), [
    { timeMs: 30_000, value: 4 },
    { timeMs: 40_000, value: "stale" },
  ]);
  assert.deepEqual(lab.sink.series(up).slice(-2), [
    { timeMs: 40_000, value: 0 },
    { timeMs: 50_000, value: 0 },
  ]);
  assert.match(lab.target.status.lastError, /HTTP status 500/);
  lab.server.say("b 5\n");
  await lab.scrape(60_000);
  assert.deepEqual(lab.sink.series({ __name__: "b" }).at(-1), { timeMs: 60_000, value: 5 });
});

test("with track_timestamps_staleness a series with times of its own ends, too; without honor_timestamps it has none", async () => {
  // If this fails, series of push gateways never end where the user wants them to.
  await using tracking = await openScrapeLab({ said: "a 1 5000\n", job: { track_timestamps_staleness: true } });
  await tracking.scrape(10_000);
  tracking.server.say("\n");
  await tracking.scrape(20_000);
  assert.deepEqual(tracking.sink.series({ __name__: "a" }).at(-1), { timeMs: 20_000, value: "stale" });
  await using ignoring = await openScrapeLab({ said: "a 1 5000\n", job: { honor_timestamps: false } });
  await ignoring.scrape(10_000);
  assert.deepEqual(ignoring.sink.series({ __name__: "a" }), [{ timeMs: 10_000, value: 1 }]);
});

test("labels that a target has already are kept aside, or win with honor_labels", async () => {
  // If this fails, a target can pretend to be another one, or a federation loses its labels.
  const said = 'a{job="own",exported_job="x",empty=""} 1\n';
  await using lab = await openScrapeLab({ said });
  await lab.scrape(1000);
  assert.equal(lab.sink.series({ __name__: "a", job: "test", exported_job: "x", exported_exported_job: "own" }).length, 1);
  await using honouring = await openScrapeLab({ said, job: { honor_labels: true } });
  await honouring.scrape(1000);
  assert.equal(honouring.sink.series({ __name__: "a", job: "own", exported_job: "x" }).length, 1);
});

test("rules drop and rename series, and bounds have one spelling", async () => {
  // If this fails, metric_relabel_configs of a working Prometheus change their meaning here.
  await using lab = await openScrapeLab({
    said: '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\nsecret 1\n',
    job: {
      metric_relabel_configs: [
        { source_labels: ["__name__"], regex: "secret", action: "drop" },
        { source_labels: ["__name__"], regex: "h_(.*)", target_label: "part", replacement: "${1}" },
      ],
    },
  });
  await lab.scrape(1000);
  assert.equal(lab.sink.series({ __name__: "h_bucket", le: "1.0", part: "bucket" }).length, 1);
  assert.throws(() => lab.sink.series({ __name__: "secret" }));
  assert.deepEqual(lab.sink.series({ __name__: "scrape_samples_post_metric_relabeling" }), [{ timeMs: 1000, value: 4 }]);
});

test("limits fail the scrape as a whole", async () => {
  // If this fails, a target that grows without bound fills the store.
  for (const [job, said, message] of [
    [{ sample_limit: 2 }, "a 1\nb 1\nc 1\n", /limit of samples/],
    [{ label_limit: 4 }, 'a{b="1",c="2"} 1\n', /5 labels, more than the limit of 4/],
    [{ label_name_length_limit: 8 }, 'a{a_long_name="1"} 1\n', /name is longer than 8 bytes/],
    [{ label_value_length_limit: 16 }, `a{b="${"\u20ac".repeat(6)}"} 1\n`, /longer than 16 bytes/],
    [{ body_size_limit: "1KB" }, `a 1\n#${"x".repeat(2000)}\n`, /larger than 1024 bytes/],
    [{ metric_name_validation_scheme: "legacy" }, '{"a.b"} 1\n', /legacy/],
  ] as const) {
    await using lab = await openScrapeLab({ said, job });
    await lab.scrape(1000);
    assert.match(lab.target.status.lastError, message);
    assert.deepEqual(lab.sink.series(up), [{ timeMs: 1000, value: 0 }]);
    assert.throws(() => lab.sink.series({ __name__: "a" }), "nothing of it is stored");
  }
});

test("series that the store refuses are left out and told, and offered again later", async () => {
  // If this fails, a full store makes a target look down, or its series never come back.
  await using lab = await openScrapeLab({ said: "a 1\nb 1\nc 1\n", sink: { seriesMax: 2 } });
  await lab.scrape(1000);
  assert.equal(lab.sink.all().size, 2);
  assert.match(lab.target.status.lastError, /1 series are not stored/);
  assert.equal(lab.target.status.health, "up");
  lab.sink.allow(100);
  for (let scrape = 2; scrape <= 32; scrape++) await lab.scrape(scrape * 1000);
  assert.equal(lab.target.status.lastError, "");
  assert.equal(lab.sink.series({ __name__: "c" }).length, 1);
});

test("a series whose labels are too long together is left out alone, and told as such", async () => {
  // If this fails, an operator looks for room in the store, and there is enough of it.
  const long = Array.from({ length: 9 }, (_, i) => `l${i}="${"x".repeat(8000)}"`).join(",");
  await using lab = await openScrapeLab({ said: `a 1\nb{${long}} 1\n` });
  await lab.scrape(1000);
  await lab.scrape(2000);
  assert.equal(lab.sink.series({ __name__: "a" }).length, 2);
  assert.match(lab.target.status.lastError, /^1 series are not stored: .* more than 65536 characters together$/);
  assert.equal(lab.target.status.seriesRefused, 1);
  assert.deepEqual(lab.refused, new Map([["label_limit", 2]]));
});

test("exemplars are told once, with the series they belong to", async () => {
  // If this fails, the way from a scraped bucket to its trace is lost, or the store is filled with copies.
  const line = 'a_total{x="1"} 5 # {trace_id="t"} 0.5 1.25\n# EOF\n';
  await using lab = await openScrapeLab();
  lab.server.say(`# TYPE a counter\n${line}`, "application/openmetrics-text; version=1.0.0");
  await lab.scrape(1000);
  await lab.scrape(2000);
  assert.deepEqual(lab.exemplars, [
    {
      series: { __name__: "a_total", instance: lab.server.address, job: "test", x: "1" },
      exemplars: [{ labels: { trace_id: "t" }, value: 0.5, timestampMs: 1250 }],
    },
  ]);
});

test("series that are long gone are given back", async () => {
  // If this fails, a target with names that change fills the memory of the server.
  await using lab = await openScrapeLab();
  for (let round = 1; round <= 8; round++) {
    lab.server.say(Array.from({ length: 600 }, (_, index) => `a{x="${round}-${index}"} 1\n`).join(""));
    await lab.scrape(round * 1000);
  }
  assert.ok(lab.sink.held() < 5 * 600, `${lab.sink.held()} are held`);
  assert.deepEqual(lab.sink.series({ __name__: "a", x: "7-0" }).at(-1), { timeMs: 8000, value: "stale" });
});
