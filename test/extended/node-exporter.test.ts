/**
 * Rules and dashboards made for node_exporter, asked of a node without one: every query has data, or asks for what this machine does not
 * have. And our own `/metrics`, read by our own parsers.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { readExposition, syntaxOf } from "../../src/io/openmetrics/read-exposition.ts";
import { type Expr, comparisonOperators } from "../../src/query/ast.ts";
import { parseQuery } from "../../src/query/parser/parser.ts";
import { printQuery } from "../../src/query/printer.ts";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";
import { getJson } from "../e2e/support/doors.ts";

/** Families that need something which not every machine has, and which we show where it is there. */
const machineDependent: Readonly<Record<string, string>> = {
  node_hwmon_temp_celsius: "a sensor chip",
  node_hwmon_chip_names: "a sensor chip",
  node_hwmon_temp_crit_celsius: "a sensor chip with limits",
  node_hwmon_fan_rpm: "a fan with a tachometer",
  node_cooling_device_cur_state: "a thermal zone",
  node_cooling_device_max_state: "a thermal zone",
  node_thermal_zone_temp: "a thermal zone",
  node_rapl_package_joules_total: "a processor with RAPL, and the permission to read it",
  node_cpu_core_throttles_total: "an Intel processor that is not virtual",
  node_cpu_scaling_frequency_hertz: "a processor that tells its frequency",
  node_cpu_scaling_frequency_max_hertz: "a frequency driver",
  node_edac_correctable_errors_total: "a memory controller with error correction",
  node_edac_uncorrectable_errors_total: "a memory controller with error correction",
  node_nvme_info: "an NVMe drive",
  node_dmi_info: "firmware tables",
  node_network_speed_bytes: "a network interface that knows its speed",
  node_memory_HardwareCorrupted_bytes: "a kernel that handles memory failures",
  node_schedstat_running_seconds_total: "a kernel with scheduler statistics",
  node_schedstat_waiting_seconds_total: "a kernel with scheduler statistics",
  node_schedstat_timeslices_total: "a kernel with scheduler statistics",
};

/** Families that we do not collect. */
const notCollected: Readonly<Record<string, string>> = {
  node_md_disks: "software RAID",
  node_md_disks_required: "software RAID",
  node_bonding_active: "bonded interfaces",
  node_bonding_slaves: "bonded interfaces",
  node_systemd_unit_state: "off by default in node_exporter, too",
  node_systemd_units: "off by default in node_exporter, too",
  node_systemd_socket_accepted_connections_total: "off by default in node_exporter, too",
  node_power_supply_online: "batteries",
  node_textfile_scrape_error: "about node_exporter's own text files",
};

let server: RunningServer;
before(async () => {
  server = await startChainPulse({ config: "performance_monitoring: { node: { id: node-1 } }\n" });
});
after(() => server.stop());

describe("queries made for node_exporter", () => {
  // If these fail, who comes from node_exporter has to write all dashboards and alerts anew.
  it("a dashboard finds its variables, and its panels have data", async () => {
    const variables = { job: "node", node: "node-1" };
    assert.deepEqual(await labelValues("job", "node_uname_info"), [variables.job]);
    assert.deepEqual(await labelValues("instance", `node_uname_info{job="${variables.job}"}`), [variables.node]);
    const exprs = fixture("node-exporter-dashboard.txt")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.replaceAll("$job", variables.job).replaceAll("$node", variables.node));
    assert.ok(exprs.length > 200);
    assert.deepEqual(await withoutReason(exprs), []);
  });

  it("rules find what they compare", async () => {
    const { groups } = parse(fixture("node-exporter-rules.yaml"));
    const exprs: readonly string[] = groups.flatMap(({ rules }: { rules: { expr: string }[] }) =>
      rules.map(({ expr }) => expr),
    );
    assert.ok(exprs.length > 35);
    for (const expr of exprs) await ask(expr);
    assert.deepEqual(await withoutReason(exprs.flatMap((expr) => compared(parseQuery(expr)).map(printQuery))), []);
  });
});

describe("our exposition", () => {
  // If this fails, Prometheus and other scrapers refuse what we show.
  for (const accept of ["text/plain", "application/openmetrics-text"]) {
    it(`is right as ${accept}`, async () => {
      const answer = await fetch(`${server.origin}/metrics`, { headers: { accept } });
      const contentType = answer.headers.get("content-type") ?? "";
      assert.ok(contentType.startsWith(accept));
      const families = [...readExposition(new Uint8Array(await answer.arrayBuffer()), syntaxOf(contentType))];
      assert.ok(families.length > 100);
      assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
      assert.ok(families.every(({ help, type, samples }) => help !== null && type !== "unknown" && samples.length > 0));
    });
  }
});

/** The expressions that stay without data, and have no reason to. A node that has just started needs some seconds for its second samples. */
async function withoutReason(exprs: readonly string[]): Promise<readonly string[]> {
  const asked = exprs.filter((expr) =>
    namesIn(parseQuery(expr)).every((name) => !(name in machineDependent || name in notCollected)),
  );
  assert.ok(asked.length > exprs.length * 0.7);
  let missing = asked;
  for (let attempt = 0; attempt < 60 && missing.length > 0; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 500));
    const still: string[] = [];
    for (const expr of missing) if ((await ask(expr)) === 0) still.push(expr);
    missing = still;
  }
  return missing;
}

/** How many series the answer has. */
async function ask(expr: string): Promise<number> {
  const { data } = await getJson<{ data: { result: readonly unknown[] } }>(
    `${server.origin}/api/v1/query?query=${encodeURIComponent(expr)}`,
  );
  return data.result.length;
}

async function labelValues(label: string, selector: string): Promise<readonly string[]> {
  const url = `${server.origin}/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`;
  return (await getJson<{ data: readonly string[] }>(url)).data;
}

/** What a rule compares: an alert that is quiet has no result itself. */
function compared(expr: Expr): readonly Expr[] {
  if (expr.kind === "paren") return compared(expr.expr);
  if (expr.kind !== "binary") return [expr];
  if (comparisonOperators.some((operator) => operator === expr.operator)) return compared(expr.left);
  const isSet = expr.operator === "and" || expr.operator === "unless";
  return isSet || expr.operator === "or" ? [...compared(expr.left), ...compared(expr.right)] : [expr];
}

/** Every metric name in the tree. */
function namesIn(tree: unknown): readonly string[] {
  if (typeof tree !== "object" || tree === null) return [];
  const own = "kind" in tree && tree.kind === "selector" && "name" in tree && typeof tree.name === "string" ? [tree.name] : [];
  return [...own, ...Object.values(tree).flatMap(namesIn)];
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
}
