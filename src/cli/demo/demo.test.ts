/** The demo's parts without a chain; with real ones it runs in test/extended/demo.test.ts. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { loadConfig } from "../../io/config-file.ts";
import { startProgram } from "../../io/child-program.ts";
import { findProgram } from "../../io/find-program.ts";
import { AskFailure } from "../../io/json-rpc.ts";
import { cli } from "../run-cli.test-support.ts";
import { findAnvil } from "./anvil-program.ts";
import { pauseMs, runArrivals } from "./arrivals.ts";
import { runFaults } from "./faults.ts";
import { writeAgentConfig, writeHubConfig } from "./monitors.ts";
import { createTroubleNote } from "./trouble.ts";

const directory = mkdtempSync(join(tmpdir(), "chainpulse-demo-parts-"));
after(() => rmSync(directory, { recursive: true }));

function program(path: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "#!/bin/sh\nexit 3\n");
  chmodSync(path, 0o755);
  return path;
}

describe("arrivals", () => {
  it("have pauses of the mean that is asked for", () => {
    // The load would be another than the docs say if this fails.
    const steps = 10_000;
    const sum = Array.from({ length: steps }, (_, step) => pauseMs(4, () => (step + 0.5) / steps)).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum / steps - 250) < 1, String(sum / steps));
    const pauses = fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
      const pause = pauseMs(6, () => random);
      assert.ok(pause >= 0 && Number.isFinite(pause));
    });
    fc.assert(pauses);
  });

  it("never have more under way than allowed, and end with their signal", async () => {
    // A node that is paused would be run over by what piled up if this fails.
    const ending = new AbortController();
    const gate = Promise.withResolvers<void>();
    const failures: unknown[] = [];
    let came = 0;
    let asked = 0;
    const arrive = async (): Promise<void> => {
      came++;
      await gate.promise;
      throw new Error("refused");
    };
    const perSecond = (): number => {
      if (++asked === 10) {
        ending.abort();
        gate.resolve();
      }
      return 1e6;
    };
    const trouble = (error: unknown): void => void failures.push(error);
    await runArrivals({ perSecond, arrive, trouble, atOnceMax: 3, random: () => 0.5, signal: ending.signal });
    assert.deepEqual([came, failures.length], [3, 3]);
  });
});

describe("faults", () => {
  it("come in turn, and one that fails does not end them", async () => {
    // The demo would show its first fault only if this fails.
    const ending = new AbortController();
    const lines: string[] = [];
    const faults = [
      { title: "first", run: () => Promise.reject(new Error("no such node")) },
      { title: "second", run: async () => lines.length > 4 && ending.abort() },
    ].map(({ title, run }) => ({ title, run: async () => void (await run()) }));
    await runFaults({ faults, everyMs: 1, signal: ending.signal, tell: (line) => void lines.push(line) });
    const first = ["fault: first", "that could not be done: no such node"];
    assert.deepEqual(lines, [...first, "fault: second", ...first, "fault: second"]);
  });
});

describe("trouble", () => {
  it("is told once for each reason, and not where a node does not answer", () => {
    // The terminal would be flooded, or a load that the node refuses would go unseen, if this fails.
    const lines: string[] = [];
    const note = createTroubleNote("anvil", (line) => void lines.push(line));
    for (const kind of ["timeout", "unreachable", "refused", "refused"] as const) note(new AskFailure(kind, kind));
    assert.deepEqual(lines, ["anvil: refused"]);
  });
});

describe("programs", () => {
  it("are found in PATH, and anvil behind npm's script for it", () => {
    // The demo would say that anvil is not installed where it is, or could not pause it, if this fails.
    const modules = join(directory, "lib", "node_modules", "@foundry-rs");
    const script = program(join(modules, "anvil", "bin.mjs"));
    const bin = join(directory, "bin");
    mkdirSync(bin);
    symlinkSync(script, join(bin, "anvil"));
    assert.equal(findProgram("anvil", `relative::${bin}`), script);
    assert.equal(findProgram("anvil", "relative"), null);
    const nowhere = join(directory, "nowhere.js");
    assert.equal(findAnvil(nowhere, bin), null, "the script without its program");
    const machine = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
    const native = program(join(modules, `anvil-${machine}`, "bin", "anvil"));
    assert.equal(findAnvil(nowhere, bin), native);
    assert.equal(findAnvil(nowhere, undefined), null);
  });

  it("tell how they ended, and what they printed is kept", async () => {
    // A chain node that dies would go unnoticed if this fails.
    const logFile = join(directory, "program.log");
    const child = await startProgram({ program: "/bin/sh", args: ["-c", "echo why >&2; exit 3"], logFile });
    await new Promise<void>((resolve) => child.onEnd(() => resolve()));
    assert.equal(child.ended(), "exit code 3");
    assert.equal(readFileSync(logFile, "utf8"), "why\n");
    await child.end(0);
    const missing = startProgram({ program: join(directory, "none"), args: [], logFile }).then((started) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      started.onEnd(resolve);
      return promise;
    });
    const how = await missing.catch((error: unknown) => String(error));
    assert.match(how, /ENOENT|exit code/);
  });
});

describe("the demo's configurations", () => {
  it("are right, name every chain simulated, and look for no other", async () => {
    // A real chain would be shown among made-up ones, or a made-up one as real, if this fails.
    const client = { name: "anvil", kind: "anvil", rpc_url: "http://127.0.0.1:1", ws_url: "ws://127.0.0.1:1" };
    const hub = await loadConfig({ file: writeHubConfig(directory, "127.0.0.1:0", [client]), env: {} });
    const agentFile = writeAgentConfig(directory, client, "http://127.0.0.1:1/");
    const agent = await loadConfig({ file: agentFile, role: "agent", env: {} });
    for (const { config } of [hub, agent]) {
      assert.equal(config.chain.discover, false);
      assert.deepEqual(
        config.chain.clients.map(({ name, simulated }) => [name, simulated]),
        [["anvil", true]],
      );
    }
    assert.deepEqual(
      [hub, agent].map(({ config }) => config.chain.tracing.enabled),
      [false, true],
    );
    assert.equal(agent.config.node.id, "anvil");
    assert.match(readFileSync(String(agent.config.hub.token_file), "utf8"), /^\S+$/);
  });
});

describe("the command", () => {
  it("refuses what it cannot do, with what to do about it", async () => {
    // A newcomer's typo would end in a stack trace, or in files among their own, if this fails.
    assert.equal((await cli(["demo", "--listen", "nowhere"])).code, 2);
    assert.equal((await cli(["demo", "--faults", "often"])).code, 2);
    const full = await cli(["demo", "--keep", directory]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /there is something in .*\n.*--keep DIR/);
  });
});
