import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { sharedFolder } from "../../../test/support/shared-files.ts";
import { serveTarget } from "../../collect/intake/scrape/scrape-lab.test-support.ts";
import { openWorld } from "../world.test-support.ts";
import { readContract } from "./contract.test-support.ts";

const document = sharedFolder(join("cases", "openapi", "prometheus-api.yaml"));

interface Targets {
  readonly data: {
    readonly activeTargets: readonly Readonly<Record<string, unknown>>[];
    readonly droppedTargets: readonly unknown[];
    readonly droppedTargetCounts: Readonly<Record<string, number>>;
  };
}

test("targets are told as Prometheus tells them", { skip: document.skip }, async (context) => {
  // If this fails, Grafana's and promtool's views of targets do not understand ours.
  await using server = await serveTarget("# HELP a Help.\n# TYPE a gauge\na 1\n");
  const job = {
    job_name: "one",
    scrape_interval: "1s",
    params: { q: ["x y"], api_token: ["hunter2"] },
    static_configs: [{ targets: [server.address, "drop:1"], labels: { site: "a" } }],
    relabel_configs: [{ source_labels: ["__address__"], regex: "drop.*", action: "drop" }],
  };
  const world = await openWorld({ config: { scrape: { scrape_configs: [job] } } });
  context.after(() => world.close());
  await world.services.intake.reconfigure(world.services.config());
  const contract = readContract(document.path);
  const get = async (path: string): Promise<unknown> => {
    const body = await world.json(`/api/v1${path}`);
    contract.check(`GET ${path.split("?")[0]}`, 200, body);
    return body;
  };
  // Checked by the contract above.
  const { data } = (await get("/targets")) as Targets;
  assert.equal(data.activeTargets.length, 2);
  const { scrapePool, scrapeUrl, labels, health, lastScrape, scrapeTimeout } = data.activeTargets[1] ?? {};
  assert.deepEqual(
    { scrapePool, scrapeUrl, labels, health, lastScrape, scrapeTimeout },
    {
      scrapePool: "one",
      scrapeUrl: `http://${server.address}/metrics?api_token=%3Csecret%3E&q=x+y`,
      labels: { instance: server.address, job: "one", site: "a" },
      health: "unknown",
      lastScrape: "0001-01-01T00:00:00Z",
      scrapeTimeout: "1s",
    },
  );
  assert.deepEqual([data.droppedTargets.length, data.droppedTargetCounts], [1, { one: 1 }]);
  const dropped = (await get("/targets?state=dropped")) as Targets;
  assert.deepEqual([dropped.data.activeTargets.length, dropped.data.droppedTargets.length], [0, 1]);
  const others = (await get("/targets?scrapePool=two")) as Targets;
  assert.deepEqual(others.data.activeTargets, []);
  assert.deepEqual(await get("/scrape_pools"), { status: "success", data: { scrapePools: ["chainpulse", "one"] } });
  assert.deepEqual(await get("/targets/metadata"), { status: "success", data: [] });
  const page = await world.json<{
    readonly total: number;
    readonly targets: readonly unknown[];
    readonly nextCursor: string | null;
  }>("/api/v1/performance/targets?search=site&limit=1");
  assert.deepEqual([page.total, page.targets.length, page.nextCursor], [0, 0, null]);
  const { total } = await world.json<{ readonly total: number }>("/api/v1/performance/targets?search=127.0.0.1&health=unknown");
  assert.equal(total, 1);
  // Keys that a job sends in its query: whoever may look at the list could use them, or find them out by searching.
  for (const path of ["/api/v1/targets", "/api/v1/performance/targets"]) {
    assert.doesNotMatch(JSON.stringify(await world.json(path)), /hunter2/, path);
  }
  const found = await world.json<{ readonly total: number }>("/api/v1/performance/targets?search=hunter");
  assert.equal(found.total, 0);
});
