/** The files in `deploy/`, judged by the tools of those who read them: promtool, amtool, systemd-analyze. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../support/checks.ts";

const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: "pipe" });

describe("Prometheus and Alertmanager take", () => {
  it("the rule file of the built-in alerts", () => {
    // A Prometheus refuses to start with it, if this fails.
    assert.match(run("promtool", ["check", "rules", "deploy/prometheus/chainpulse.rules.yml"]), /SUCCESS: \d\d rules found/);
  });

  it("the example configurations", () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-deploy-"));
    cpSync(join(root, "deploy/prometheus"), directory.path, { recursive: true });
    const file = join(directory.path, "prometheus.yml");
    // The tokens' files, which it looks for.
    const secrets = join(directory.path, "secrets");
    mkdirSync(secrets);
    for (const name of ["chainpulse-read-token", "chainpulse-ingest-token"]) writeFileSync(join(secrets, name), "cp_test\n");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("/run/secrets", secrets));
    assert.match(run("promtool", ["check", "config", file]), /SUCCESS: .*prometheus\.yml is valid/);
    assert.match(run("amtool", ["check-config", "deploy/alertmanager/alertmanager.yml"]), /SUCCESS/);
  });
});

describe("systemd finds", () => {
  const units = globSync("deploy/systemd/*.service", { cwd: root });

  /** By `systemd-analyze security`: 0 is sealed, 10 is open. */
  function exposureOf(unit: string, dropIns: readonly string[]): number {
    using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-unit-"));
    const file = join(directory.path, basename(unit));
    // Offline it reads no drop-ins; they are what comes later.
    const paths = [unit, ...dropIns.map((name) => `deploy/systemd/${name}`)];
    writeFileSync(file, paths.map((path) => readFileSync(join(root, path), "utf8")).join("\n"));
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], { encoding: "utf8" });
    return Number(/Overall exposure level for \S+ ([\d.]+)/.exec(stdout)?.[1]);
  }

  for (const unit of units) {
    it(`${unit} correct, and sealed`, (t) => {
      // The machine is open to whoever takes over the service, if this fails.
      using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-unit-"));
      const file = join(directory.path, basename(unit));
      // It looks for the program, which is not installed here.
      writeFileSync(file, readFileSync(join(root, unit), "utf8").replace("/usr/bin/chainpulse", process.execPath));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
      assert.deepEqual([status, stderr], [0, ""]);
      const exposure = exposureOf(unit, []);
      t.diagnostic(`exposure ${exposure}`);
      assert.ok(exposure <= 2, `${exposure}`);
    });
  }

  it("what the drop-ins cost", (t) => {
    // docs/install.md names these figures.
    const costs = ["processes.conf", "drives.conf"].map((name) => [
      name,
      exposureOf("deploy/systemd/chainpulse.service", [name]),
    ]);
    t.diagnostic(costs.map(([name, exposure]) => `${name}: ${exposure}`).join(", "));
    const page = readFileSync(join(root, "docs/install.md"), "utf8");
    for (const [name, exposure] of costs) assert.match(page, new RegExp(`\`${name}\`.*${exposure}`));
  });
});
