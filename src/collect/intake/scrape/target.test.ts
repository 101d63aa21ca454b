import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jobOf } from "./scrape-lab.test-support.ts";
import { offsetOf, type Target, targetOf } from "./target.ts";

function made(labels: Readonly<Record<string, string>>, job: object = {}): Target {
  const outcome = targetOf(new Map(Object.entries(labels)), jobOf(job));
  assert.ok(outcome.kind === "target", JSON.stringify(outcome));
  return outcome.target;
}

test("labels that begin with two underscores say how a target is asked, and are not its own", () => {
  // If this fails, targets are asked at the wrong address, or their series carry labels that nobody set.
  const target = made(
    {
      __address__: "h:1",
      __scheme__: "https",
      __metrics_path__: "/m",
      __param_a: "z",
      __scrape_interval__: "5s",
      __scrape_timeout__: "2s",
      __meta_x: "y",
      __tmp: "t",
      site: "s",
    },
    { params: { a: ["1", "2"], b: ["&"] } },
  );
  assert.equal(target.url.href, "https://h:1/m?a=1&a=2&b=%26");
  assert.deepEqual(target.labels, { instance: "h:1", job: "test", site: "s" });
  assert.deepEqual([target.intervalMs, target.timeoutMs], [5000, 2000]);
  assert.equal(target.discoveredLabels["__meta_x"], "y");
});

test("a rule may move a target, name its instance, or take its address away", () => {
  // If this fails, probes through an exporter for many devices do not work.
  const probe = made(
    { __address__: "192.0.2.1" },
    {
      relabel_configs: [
        { source_labels: ["__address__"], target_label: "__param_target" },
        { source_labels: ["__param_target"], target_label: "instance" },
        { target_label: "__address__", replacement: "probe:9115" },
      ],
    },
  );
  assert.equal(probe.url.href, "http://probe:9115/metrics?target=192.0.2.1");
  assert.deepEqual(probe.labels, { instance: "192.0.2.1", job: "test" });
  for (const [labels, fault] of [
    [{ __address__: "" }, /no address/],
    [{ __address__: "a/b" }, /not a valid hostname/],
    [{ __address__: "a:99999" }, /no valid address/],
    [{ __address__: "u:p@a:1" }, /no valid address/],
    [{ __address__: "a:1", __scheme__: "file" }, /no scheme "file"/],
    [{ __address__: "a:1", __scrape_interval__: "1s", __scrape_timeout__: "2s" }, /longer than the interval/],
    [{ __address__: "a:1", __scrape_interval__: "x" }, /no duration: "x"/],
  ] as const) {
    const outcome = targetOf(new Map(Object.entries(labels)), jobOf({}));
    assert.match(outcome.kind === "faulty" ? outcome.fault : outcome.kind, fault);
  }
});

test("targets with other labels are others, and each has its own time within the interval", () => {
  // If this fails, a target is scraped twice, or all targets are scraped at once.
  const plain = made({ __address__: "a:1" });
  assert.equal(made({ __address__: "a:1", __meta_from: "elsewhere" }).key, plain.key);
  assert.notEqual(made({ __address__: "a:1", x: "1" }).key, plain.key);
  assert.notEqual(made({ __address__: "a:2" }).key, plain.key);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), fc.string(), (port, seed) => {
      const target = made({ __address__: `a:${port}` });
      const offset = offsetOf(target, seed);
      assert.ok(Number.isInteger(offset) && offset >= 0 && offset < target.intervalMs);
      assert.equal(offsetOf(target, seed), offset);
    }),
  );
  const offsets = Array.from({ length: 200 }, (_, port) => offsetOf(made({ __address__: `a:${port + 1}` }), "node-1"));
  const early = offsets.filter((offset) => offset < plain.intervalMs / 2).length;
  assert.ok(early > 60 && early < 140, `${early} of 200 are in the first half`);
});
