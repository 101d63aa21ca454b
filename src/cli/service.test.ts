import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ChainPulseError } from "../core/errors.ts";
import { roles } from "../core/role.ts";
import type { CommandContext } from "./command.ts";
import { serviceCommand } from "./service.ts";
import type { ServiceSystem } from "./service-system.ts";
import { roleArguments, serviceUnit, unitName } from "./service-unit.ts";

/** A machine with systemd, run by root, that notes what is asked of it. */
function fakeSystem(changes: Partial<ServiceSystem> = {}) {
  const files = new Map<string, string>();
  const calls: string[] = [];
  const system: ServiceSystem = {
    hasSystemd: () => true,
    isRoot: () => true,
    programFor: (role) => ({
      command: ["/opt/node/bin/node", "/opt/chainpulse/boot.mjs", "start", ...roleArguments(role)],
      role,
    }),
    read: (path) => files.get(path) ?? null,
    write: (path, text) => void files.set(path, text),
    remove: (path) => void files.delete(path),
    systemctl: (args) => {
      calls.push(args.join(" "));
      return { code: 0, output: "active\n", errors: "" };
    },
    ...changes,
  };
  return { system, files, calls };
}

async function run(system: ServiceSystem, ...argv: readonly string[]) {
  const texts = { stdout: "", stderr: "" };
  const output = (name: keyof typeof texts) => ({
    isTTY: false,
    write: (text: string | Uint8Array) => ((texts[name] += String(text)), true),
  });
  const context: CommandContext = {
    commands: [],
    loadDomains: () => Promise.resolve([]),
    start: () => assert.fail("a service command starts nothing itself"),
    version: "1.2.3",
    stdout: output("stdout"),
    stderr: output("stderr"),
    env: {},
  };
  return { code: await serviceCommand(system).run(context, argv), ...texts };
}

const refused = (error: unknown): boolean => error instanceof ChainPulseError && error.code === "SERVICE_REFUSED";

describe("chainpulse service", () => {
  // Operators are left with a service that does not start with the machine, or with one that they cannot get rid of, if these fail.
  it("installs, starts, tells of and removes a service", async () => {
    const { system, files, calls } = fakeSystem();
    const installed = await run(system, "install");
    assert.deepEqual([installed.code, installed.stdout], [0, ""]);
    assert.deepEqual(calls, ["daemon-reload", "enable chainpulse.service", "restart chainpulse.service"]);
    const unit = files.get("/etc/systemd/system/chainpulse.service") ?? assert.fail("no unit");
    assert.match(unit, /^ExecStart=\/opt\/node\/bin\/node \/opt\/chainpulse\/boot\.mjs start$/m);

    const { code, stdout } = await run(system, "status", "--json");
    assert.deepEqual(
      [code, JSON.parse(stdout)],
      [0, { unit: "chainpulse.service", installed: true, enabled: "active", active: "active" }],
    );

    assert.equal((await run(system, "uninstall")).code, 0);
    assert.deepEqual([...files], []);
    assert.ok(calls.includes("disable --now chainpulse.service"));
    await assert.rejects(run(system, "uninstall"), /is not installed/);
  });

  it("prints the unit and touches nothing with --dry-run, as anybody and anywhere", async () => {
    const { system, files, calls } = fakeSystem({ isRoot: () => false, hasSystemd: () => false });
    const { code, stdout } = await run(system, "install", "--role", "agent", "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^ExecStart=.* --role agent$/m);
    assert.deepEqual([files.size, calls.length], [0, 0]);
  });

  it("refuses what cannot work, before it changes anything", async () => {
    const inTmp = (): ReturnType<ServiceSystem["programFor"]> => ({
      command: ["/usr/bin/node", "/tmp/x/boot.mjs"],
      role: "all",
    });
    for (const change of [{ isRoot: () => false }, { hasSystemd: () => false }, { programFor: inTmp }]) {
      const { system, files, calls } = fakeSystem(change);
      await assert.rejects(run(system, "install"), refused);
      assert.deepEqual([files.size, calls.length], [0, 0]);
    }
  });

  it("leaves a unit alone that somebody else wrote", async () => {
    const { system, files } = fakeSystem();
    files.set("/etc/systemd/system/chainpulse.service", "[Service]\n");
    await assert.rejects(run(system, "install"), refused);
    await assert.rejects(run(system, "uninstall"), refused);
    assert.equal(files.get("/etc/systemd/system/chainpulse.service"), "[Service]\n");
  });

  it("tells systemd's own words when it fails", async () => {
    const { system } = fakeSystem({ systemctl: () => ({ code: 1, output: "", errors: "Access denied\n" }) });
    await assert.rejects(run(system, "install"), /systemctl daemon-reload: Access denied/);
  });

  it("status exits with 3 when it does not run", async () => {
    const { system } = fakeSystem({ systemctl: () => ({ code: 3, output: "inactive\n", errors: "" }) });
    assert.deepEqual(await run(system, "status"), {
      code: 3,
      stdout: "chainpulse.service: not installed, inactive, inactive\n",
      stderr: "",
    });
  });
});

describe("the unit", () => {
  it("keeps its words apart and its specifiers literal", () => {
    // systemd starts another program, or none, if this fails.
    const unit = serviceUnit({ command: ["/opt/my node/node", "/x", "--config", '/etc/100%/$HOME/"a\\b".yaml'], role: "all" });
    assert.match(unit, /^ExecStart="\/opt\/my node\/node" \/x --config "\/etc\/100%%\/\$\$HOME\/\\"a\\\\b\\".yaml"$/m);
  });

  it("shows of home directories only the program, and all of them read-only when it is elsewhere", () => {
    // The service cannot start from a home directory, or reads the keys in it, if this fails.
    const inHome = serviceUnit({
      command: ["/root/n/bin/node"],
      role: "all",
      programDirs: ["/root/n/bin", "/opt/x", "/root/n/bin"],
    });
    assert.match(inHome, /^ProtectHome=tmpfs\nBindReadOnlyPaths=\/root\/n\/bin$/m);
    assert.match(serviceUnit({ command: ["/usr/bin/x"], role: "all", programDirs: ["/opt/x"] }), /^ProtectHome=read-only$/m);
  });

  it("gives the program the allocator that every other start gives it", () => {
    // A service takes more memory than was measured: it runs Node itself, not through the launcher.
    const launcher = readFileSync(new URL("../../setup/with-node.sh", import.meta.url), "utf8");
    const [, arenas] = /^export MALLOC_ARENA_MAX="\$\{MALLOC_ARENA_MAX:-(\d+)\}"$/m.exec(launcher) ?? [];
    assert.match(serviceUnit({ command: ["/x"], role: "all" }), new RegExp(`^Environment=.* MALLOC_ARENA_MAX=${arenas}$`, "m"));
  });

  it("of each role has a name of its own, and does not run beside the others", () => {
    assert.deepEqual(roles.map(unitName), ["chainpulse.service", "chainpulse-agent.service", "chainpulse-hub.service"]);
    assert.match(serviceUnit({ command: ["/x"], role: "hub" }), /^Conflicts=chainpulse\.service chainpulse-agent\.service$/m);
  });
});
