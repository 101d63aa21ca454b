/** The newcomer's ten minutes, done by a test in a scratch copy: what CONTRIBUTING.md promises is what happens. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stringify } from "yaml";
import { root } from "../support/checks.ts";
import { firstChart, launchBrowser, openPage } from "../browser/support/browser.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "./support/doors.ts";

let copy: string;
let server: RunningServer;

/** What the newcomer's client answers: the skeleton's fixture. */
const client = createServer((_, response) =>
  response.end(readFileSync(join(root, "src/domains/chain/clients/fixtures/skeleton.metrics.txt"))),
);

/** One hand edit: `anchor` must be there once. */
function edit(path: string, anchor: string, replacement: string): void {
  const file = join(copy, path);
  const text = readFileSync(file, "utf8");
  assert.equal(text.split(anchor).length, 2, `${path} has ${JSON.stringify(anchor)} once`);
  writeFileSync(file, text.replace(anchor, replacement));
}

before(async () => {
  copy = mkdtempSync(join(tmpdir(), "chainpulse-newcomer-"));
  for (const folder of ["src", ...globSync("setup/*.ts", { cwd: root }), "docs", "package.json"])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

  // A domain of one's own: copy the skeleton, one line in the list (and its import).
  cpSync(join(copy, "src/domains/_skeleton"), join(copy, "src/domains/mine"), { recursive: true });
  edit("src/domains/index.ts", "import { quantum }", 'import { skeleton } from "./mine/index.ts";\nimport { quantum }');
  edit("src/domains/index.ts", "self]", "self, skeleton]");

  // A metric of one's own: its declaration and the collector that writes it.
  edit(
    "src/domains/self/metrics.ts",
    "export const selfMetrics = defineMetrics({",
    `export const selfMetrics = defineMetrics({
  answer: { name: "chainpulse.answer", kind: "gauge", unit: "s", help: "The newcomer's answer.", labels: { question: null } },`,
  );
  edit(
    "src/domains/self/runtime.ts",
    "const tick = runtime.tick();",
    'write(m.answer, { question: "life" }, 42);\n        const tick = runtime.tick();',
  );

  // A blockchain client of one's own: copy the skeleton, one line in the list (and its import).
  cpSync(join(copy, "src/domains/chain/clients/_skeleton.ts"), join(copy, "src/domains/chain/clients/mine.ts"));
  edit(
    "src/domains/chain/clients/kinds.ts",
    "import { prometheusKind }",
    'import { skeletonKind } from "./mine.ts";\nimport { prometheusKind }',
  );
  edit("src/domains/chain/clients/kinds.ts", "  prometheusKind,", "  skeletonKind,\n  prometheusKind,");
  client.listen(0, "127.0.0.1");
  await once(client, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = client.address() as AddressInfo;
  const clients = [{ kind: "skeleton", metrics_url: `http://127.0.0.1:${port}/metrics` }];
  server = await startChainPulse({ root: copy, config: stringify({ performance_monitoring: { chain: { clients } } }) });
});
after(async () => {
  await server.stop();
  client.close();
  rmSync(copy, { recursive: true });
});

const domainMetric = "chainpulse_skeleton_entropy_available";
const ownMetric = "chainpulse_answer_seconds";

describe("a newcomer's domain and metric", () => {
  // If these fail, the documented way to add something does not work, and nobody adds anything.
  it("is in /metrics with its help and unit", async () => {
    const text = await (await fetch(`${server.origin}/metrics`)).text();
    assert.match(text, new RegExp(`^${domainMetric}\\{.*pool="kernel".*\\} \\d+$`, "m"));
    assert.match(text, /^# HELP chainpulse_answer_seconds The newcomer's answer\.$/m);
    assert.match(text, /^chainpulse_answer_seconds\{.*question="life".*\} 42$/m);
  });

  it("answers PromQL, REST and GraphQL", async () => {
    const query = await getJson<{ data: { result: { value: [number, string] }[] } }>(
      `${server.origin}/api/v1/query?query=${encodeURIComponent(`max(${ownMetric})`)}`,
    );
    assert.equal(query.data.result[0]?.value[1], "42");
    const { nodes } = await getJson<{ nodes: { id: string }[] }>(`${server.origin}/api/v1/performance/nodes`);
    const id = nodes[0]?.id ?? "";
    const rest = await getJson<{ skeleton: { entropyBits: { value: number } } }>(
      `${server.origin}/api/v1/performance/nodes/${encodeURIComponent(id)}/metrics`,
    );
    assert.ok(rest.skeleton.entropyBits.value > 0);
    const graphql = await fetch(`${server.origin}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: `{ nodePerformance(nodeId: ${JSON.stringify(id)}) { skeleton { entropyBits } } }` }),
    });
    assert.match(await graphql.text(), /"entropyBits":\d+/);
  });

  it("shows what the newcomer's client says", async () => {
    const expression = encodeURIComponent('chainpulse_chain_block_number{chain_client="skeleton", block_tag="head"}');
    const head = async (): Promise<string | undefined> => {
      const url = `${server.origin}/api/v1/query?query=${expression}`;
      const query = await getJson<{ data: { result: { value: [number, string] }[] } }>(url);
      return query.data.result[0]?.value[1];
    };
    for (let attempt = 0; (await head()) === undefined; attempt++) {
      assert.ok(attempt < 200, "a client is asked once ChainPulse runs, and its answer comes with a tick");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await head(), "1204");
  });

  it("is in the generated docs, and has a dashboard for Grafana", () => {
    execFileSync(process.execPath, ["setup/docs.ts"], { cwd: copy, stdio: "pipe" });
    const docs = readFileSync(join(copy, "docs/metrics.md"), "utf8");
    assert.match(docs, new RegExp(domainMetric));
    assert.match(docs, new RegExp(ownMetric));
    assert.match(readFileSync(join(copy, "docs/chain-clients.md"), "utf8"), /^## Skeleton$/m);
    assert.match(readFileSync(join(copy, "docs/schema.graphql"), "utf8"), /entropyBits/);
    assert.match(readFileSync(join(copy, "deploy/grafana/dashboards/skeleton.json"), "utf8"), new RegExp(domainMetric));
  });

  it("is drawn in the browser", async () => {
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser, server.origin);
      await page.goto("/host#skeleton");
      await firstChart(page);
      await page.getByText("Kernel entropy").first().waitFor();
      await page.goto("/explore");
      await page.getByRole("searchbox").first().fill("chainpulse.answer");
      await page.getByText(ownMetric).first().waitFor();
    } finally {
      await browser.close();
    }
  });
});
