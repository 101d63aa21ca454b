/**
 * What is published, as its users get it: the npm package, installed elsewhere and run; the Debian package, installed into an overlay of this
 * machine and run under what its hardened unit sets; the container's entry command, run under the same.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempDisposableSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { version } from "../../src/core/version.ts";
import { root } from "../support/checks.ts";
import { type HardenedPlace, hardenedPlace, type HardenedRun } from "../support/hardened/run-hardened.ts";
import { parseUnit, wordsOf } from "../support/hardened/unit-file.ts";
import { getJson } from "../e2e/support/doors.ts";

type Program = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

/** Runs a command of this checkout to its end; its own words are part of the error. */
function run(command: string, args: readonly string[], cwd: string = root): string {
  const path = `${dirname(process.execPath)}:${process.env["PATH"]}`;
  return execFileSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, PATH: path } });
}

/** The address in its first line on stdout. Fails with what it says on stderr when it ends before. */
async function addressOf(program: Program): Promise<string> {
  const errors = text(program.stderr);
  for await (const line of createInterface({ input: program.stdout })) {
    const url = /https?:\/\/[^\s/]+/.exec(line)?.[0];
    if (url === undefined) continue;
    program.stdout.resume();
    return url;
  }
  return assert.fail(`it ended before it served: ${await errors}`);
}

async function end(program: Program): Promise<void> {
  const exited = once(program, "exit");
  program.kill("SIGTERM");
  assert.deepEqual(await exited, [0, null]);
}

/** The dashboard with its script, and an answer of the store to a query. */
async function use(origin: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const page = await (await fetch(`${origin}/`)).text();
  const script = /<script[^>]* src="([^"]+)"/.exec(page)?.[1] ?? assert.fail("the page has no script");
  assert.equal((await fetch(`${origin}${script}`)).status, 200);
  let series = 0;
  while (series < 500) {
    const answer = await fetch(`${origin}/api/v1/query?query=${encodeURIComponent('count({node!=""})')}`, { headers });
    assert.equal(answer.status, 200);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    series = Number(data.result[0]?.value[1] ?? 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("the npm package", () => {
  it("installs elsewhere without scripts, starts, shows its page, answers a query, and ends in order", async () => {
    // Whoever installs a release gets a program that does not start, if this fails.
    using place = mkdtempDisposableSync(join(tmpdir(), "chainpulse-npm-"));
    run("npm", ["pack", "--silent", "--pack-destination", place.path]);
    // docs/release.md names the limit.
    assert.ok(statSync(join(place.path, `chainpulse-${version}.tgz`)).size < 2_000_000);
    run(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", `./chainpulse-${version}.tgz`],
      place.path,
    );
    const installed = join(place.path, "node_modules", "chainpulse");
    const unwanted = globSync(["**/*.ts", "**/*.test.*", "**/*.test-support.*", "test/**"], { cwd: installed });
    assert.deepEqual(unwanted, []);
    const scripts = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).scripts ?? {};
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) assert.ok(!(script in scripts), script);

    const command = join(place.path, "node_modules", ".bin", "chainpulse");
    assert.match(run(command, ["--help"], place.path), /^ChainPulse measures/);
    assert.equal(run(command, ["--version"], place.path), `chainpulse ${version}\n`);
    const env = { HOME: place.path, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
    const args = ["start", "--listen", "127.0.0.1:0", "--data-dir", join(place.path, "data")];
    const program: Program = spawn(command, args, { cwd: place.path, env, stdio: ["ignore", "pipe", "pipe"] });
    try {
      await use(await addressOf(program));
      await end(program);
    } finally {
      // Nothing when it has ended in order.
      program.kill("SIGKILL");
    }
    // The next start takes half the time: its code is compiled.
    assert.ok(globSync(".cache/chainpulse/compiled/**", { cwd: place.path }).length > 10);
  });
});

describe("the Debian package", () => {
  const unit = parseUnit(readFileSync(join(root, "deploy/systemd/chainpulse.service"), "utf8"));
  const unitEnvironment = Object.fromEntries(
    wordsOf(unit, "Environment").map((word) => word.replace("%S", "/var/lib").replace("%C", "/var/cache").split("=", 2)),
  );
  const work = mkdtempDisposableSync(join(tmpdir(), "chainpulse-deb-"));
  let debFile = "";
  before(() => {
    debFile = run("npm", ["run", "--silent", "deb", "--", work.path]).trim();
  });
  after(() => work[Symbol.dispose]());

  it("has the program, its units and its configuration, and files that belong to root", () => {
    // dpkg installs something that does not run, or that somebody else may change, if this fails.
    const lines = run("dpkg-deb", ["--contents", debFile]).trim().split("\n");
    for (const line of lines) assert.match(line, /^[dl-]r.xr.[x-]r.[x-] root\/root|^-rw-r--r-- root\/root|^l/, line);
    const paths = lines.map((line) => line.split(/\s+/)[5]);
    for (const path of ["./usr/bin/chainpulse", "./etc/chainpulse/config.yaml", "./usr/share/doc/chainpulse/copyright"])
      assert.ok(paths.includes(path), path);
    const units = paths.filter((path) => /^\.\/usr\/lib\/systemd\/system\/chainpulse\S*\.service$/.test(path ?? ""));
    assert.equal(units.length, 3);
    assert.equal(run("dpkg-deb", ["--field", debFile, "Version"]).trim(), version);
  });

  /** Runs a command of the installed package under the unit's settings. */
  async function inPlace(work: (place: HardenedPlace) => Promise<void>): Promise<void> {
    const place = hardenedPlace(debFile, unit);
    try {
      await work(place);
    } finally {
      await place.remove();
    }
  }

  const plain = { shown: {}, links: {}, files: {} } satisfies Partial<HardenedRun>;
  const listen = { CHAINPULSE_LISTEN: "127.0.0.1:0" };

  it("runs its unit's command as the unit restricts it: it collects, serves, and ends in order", async () => {
    // The service does not start, or measures nothing, on every machine that runs it as we tell them to, if this fails.
    await inPlace(async (place) => {
      const program = place.start({
        ...plain,
        environment: { ...unitEnvironment, ...listen },
        command: wordsOf(unit, "ExecStart"),
      });
      const origin = await addressOf(program);
      await use(origin);
      const status = readFileSync(`/proc/${program.pid}/status`, "utf8");
      for (const line of [
        /^NoNewPrivs:\t1$/m,
        /^Seccomp:\t2$/m,
        /^CapEff:\t0+$/m,
        /^CapBnd:\t0+$/m,
        /^Uid:\t61284\t61284\t61284\t61284$/m,
      ]) {
        assert.match(status, line);
      }
      const { collect } = await getJson<{ collect: { absences: { metrics: string[]; reason: string; source: string }[] } }>(
        `${origin}/api/v1/performance/status`,
      );
      const forbidden = collect.absences.filter(({ reason }) => reason === "no_permission").map(({ source }) => source);
      // What processes.conf buys, and nothing else; open files are read less often.
      assert.deepEqual(
        forbidden.filter((source) => !["io", "files"].includes(source)),
        [],
      );
      const readonly = await getJson<{ data: { result: unknown[] } }>(
        `${origin}/api/v1/query?query=chainpulse_host_filesystem_readonly`,
      );
      assert.ok(readonly.data.result.length > 0);
      await end(program);
    });
  });

  it("runs the container's entry command likewise, with the host's /proc and /sys at another place and behind a token", async () => {
    // The image starts nothing, if this fails; no image is built here.
    const dockerfile = readFileSync(join(root, "deploy/docker/Dockerfile"), "utf8");
    const instruction = (name: string): string[] =>
      JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, "m").exec(dockerfile)?.[1] ?? "[]");
    const environment = Object.fromEntries(
      [...dockerfile.matchAll(/^(?:ENV| {3}) (CHAINPULSE_\w+|XDG_\w+)=(\S+)/gm)].map(([, name = "", value = ""]) => [
        name,
        value,
      ]),
    );
    assert.equal(Object.keys(environment).length, 3);
    const container = {
      user: Number(/^USER (\d+):\d+$/m.exec(dockerfile)?.[1]),
      shown: { "/host/proc": "/proc", "/host/sys": "/sys" },
      // The image has there what the package has in /usr/lib.
      links: { "/app": "/usr/lib/chainpulse" },
      files: { "/etc/chainpulse/config.yaml": readFileSync(join(root, "deploy/docker/chainpulse.yaml"), "utf8") },
    };
    await inPlace(async (place) => {
      const tokenArgs = ["token", "create", "--name", "test", "--scopes", "read"];
      const creating = place.start({ ...container, environment, command: [...instruction("ENTRYPOINT"), ...tokenArgs] });
      const token = (await text(creating.stdout)).trim();
      const command = [...instruction("ENTRYPOINT"), ...instruction("CMD")];
      const program = place.start({ ...container, environment: { ...environment, ...listen }, command });
      const origin = await addressOf(program);
      assert.equal((await fetch(`${origin}/healthz`)).status, 200);
      assert.equal((await fetch(`${origin}/api/v1/query?query=1`)).status, 401);
      await use(origin, { authorization: `Bearer ${token}` });
      await end(program);
    });
  });
});
