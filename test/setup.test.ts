import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { holdLock } from "../setup/lock.mjs";
import { root } from "./support/checks.ts";

/** npm that notes its calls and makes `node_modules` in the current folder; with a file `fail` there it fails instead. */
const fakeNpm = `#!/bin/sh
echo "$@" >> npm-calls
[ ! -e fail ] || { echo "npm error network" >&2; exit 1; }
mkdir -p node_modules
`;

/** A bundler that notes its calls and makes what is asked of the two; written in JavaScript, as vite is. */
const fakeVite = `import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
appendFileSync("vite-calls", "built\\n");
mkdirSync("src/web/dist", { recursive: true });
writeFileSync("src/web/dist/index.html", "");
mkdirSync("dist/server", { recursive: true });
copyFileSync("src/boot.mjs", "dist/server/boot.mjs");
`;

const program = "console.log(JSON.stringify(process.argv.slice(2)));\n";

// When this fails, `npm start` or `npm test` as the only command on a fresh checkout does not work, or each start installs again.
describe("the launcher", () => {
  test("sets up what is missing, then runs the program with its arguments", (t) => {
    const checkout = makeCheckout(t);
    const first = run(checkout, join(checkout, "chainpulse"), ["query", "a b", "--json"]);
    assert.equal(first.status, 0, first.stderr);
    assert.equal(first.stdout, '["query","a b","--json"]\n');
    assert.match(first.stderr, /installing the packages/);
    assert.equal(calls(checkout, "npm-calls").length, 1);
    assert.match(calls(checkout, "npm-calls")[0] ?? "", /^ci --ignore-scripts/);
  });

  test("does nothing when nothing has changed, and installs again when the lock file has", (t) => {
    const checkout = makeCheckout(t);
    const launcher = join(checkout, "chainpulse");
    run(checkout, launcher, []);
    assert.equal(run(checkout, launcher, []).stderr, "");
    assert.equal(calls(checkout, "npm-calls").length, 1);
    writeFileSync(join(checkout, "package-lock.json"), '{ "changed": true }');
    run(checkout, launcher, []);
    assert.equal(calls(checkout, "npm-calls").length, 2);
  });

  test("says what to do when npm fails, and tries again the next time", (t) => {
    const checkout = makeCheckout(t);
    const launcher = join(checkout, "chainpulse");
    writeFileSync(join(checkout, "fail"), "");
    const failed = run(checkout, launcher, []);
    assert.equal(failed.status, 1);
    assert.equal(failed.stdout, "");
    assert.match(failed.stderr, /npm error network[\s\S]*"npm ci" in .* ended with exit code 1.*check the network/);
    rmSync(join(checkout, "fail"));
    assert.equal(run(checkout, launcher, []).status, 0);
  });

  test("builds the bundles only for a server, and only when a source of it has changed", (t) => {
    const checkout = makeCheckout(t);
    const launcher = join(checkout, "chainpulse");
    run(checkout, launcher, ["doctor"]);
    assert.deepEqual(calls(checkout, "vite-calls"), []);
    run(checkout, launcher, ["start"]);
    run(checkout, launcher, ["start"]);
    assert.equal(calls(checkout, "vite-calls").length, 2);
    writeFileSync(join(checkout, "src", "core", "fixtures", "capture"), "not a source");
    run(checkout, launcher, ["start"]);
    assert.equal(calls(checkout, "vite-calls").length, 2);
    writeFileSync(join(checkout, "src", "web", "app.tsx"), "changed");
    run(checkout, launcher, ["start"]);
    assert.equal(calls(checkout, "vite-calls").length, 4);
    rmSync(join(checkout, "src", "web", "app.tsx"));
    run(checkout, launcher, ["start"]);
    assert.equal(calls(checkout, "vite-calls").length, 6);
  });

  test("works through symbolic links and from any folder", (t) => {
    const checkout = makeCheckout(t);
    const elsewhere = tempFolder(t);
    symlinkSync(join(checkout, "chainpulse"), join(elsewhere, "absolute"));
    symlinkSync("absolute", join(elsewhere, "relative"));
    const { status, stdout, stderr } = run(checkout, join(elsewhere, "relative"), ["doctor"], { cwd: elsewhere });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '["doctor"]\n');
  });

  test("says what to install where there is neither Node nor npm", (t) => {
    const checkout = makeCheckout(t);
    const { status, stderr } = run(checkout, join(checkout, "chainpulse"), [], { path: shellTools(t) });
    assert.equal(status, 1);
    assert.match(stderr, /found neither Node\.js nor npm\. Install Node\.js 20 or newer/);
  });

  test("says what to install where there is Node but no npm", (t) => {
    const checkout = makeCheckout(t);
    const tools = shellTools(t);
    symlinkSync(process.execPath, join(tools, "node"));
    const { status, stderr } = run(checkout, join(checkout, "chainpulse"), [], { path: tools });
    assert.equal(status, 1);
    assert.match(stderr, /there is a Node\.js but no npm in PATH; install npm/);
  });
});

// When this fails, an installed package does not start, or whoever has too old a Node sees a syntax error in a file they do not know.
describe("the launcher of a published package", () => {
  test("runs the compiled program and sets nothing up", (t) => {
    const installed = makePackage(t);
    const { status, stdout, stderr } = run(installed, join(installed, "chainpulse"), ["start", "--json"]);
    assert.deepEqual([status, stdout, stderr], [0, '["start","--json"]\n', ""]);
    assert.deepEqual(calls(installed, "npm-calls"), []);
  });

  test("says which Node it needs, where that is too old or not there", (t) => {
    const installed = makePackage(t);
    const tools = shellTools(t);
    const none = run(installed, join(installed, "chainpulse"), [], { path: tools });
    assert.deepEqual([none.status, none.stderr], [1, "chainpulse: needs Node.js 24 or newer, and found none in PATH.\n"]);
    writeFileSync(join(tools, "node"), "#!/bin/sh\necho v20.20.2\n", { mode: 0o755 });
    const old = run(installed, join(installed, "chainpulse"), [], { path: tools });
    assert.deepEqual([old.status, old.stderr], [1, "chainpulse: needs Node.js 24 or newer, and found v20.20.2 in PATH.\n"]);
  });
});

// When this fails, two starts at once run into each other's installation, or a killed one blocks all later ones.
describe("the lock of the set-up", () => {
  const silent = (): void => {};

  test("is held during the work and gone after it, also after a failure", async (t) => {
    const path = join(tempFolder(t), "setup.lock");
    let held = "";
    const fail = holdLock(path, silent, () => {
      held = readlinkSync(path);
      throw new Error("the work failed");
    });
    await assert.rejects(fail, /the work failed/);
    assert.equal(held, String(process.pid));
    assert.throws(() => readlinkSync(path), { code: "ENOENT" });
  });

  test("waits for a living owner no longer than it may, and names it", async (t) => {
    const path = join(tempFolder(t), "setup.lock");
    symlinkSync(String(process.ppid), path);
    const said: string[] = [];
    const wait = holdLock(
      path,
      (message) => said.push(message),
      () => assert.fail("worked without the lock"),
      { waitMs: 1 },
    );
    await assert.rejects(wait, new RegExp(`process ${process.ppid} has held`));
    assert.equal(said.length, 1);
  });

  test("is taken over from an owner that has died", async (t) => {
    const path = join(tempFolder(t), "setup.lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    symlinkSync(String(pid), path);
    let worked = false;
    await holdLock(path, silent, () => {
      worked = true;
    });
    assert.ok(worked);
  });
});

/** A checkout with the real launcher and set-up, and a program, npm and bundler that only note what is asked of them. */
function makeCheckout(t: TestContext): string {
  const folder = tempFolder(t);
  copyFileSync(join(root, "chainpulse"), join(folder, "chainpulse"));
  cpSync(join(root, "setup"), join(folder, "setup"), { recursive: true, filter: (path) => !path.includes("node_modules") });
  for (const name of ["bin", "src/core/fixtures", "src/web", "node_modules/vite/bin"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "bin", "npm"), fakeNpm);
  chmodSync(join(folder, "bin", "npm"), 0o755);
  writeFileSync(join(folder, "node_modules", "vite", "bin", "vite.js"), fakeVite);
  writeFileSync(join(folder, "src", "boot.mjs"), program);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "package-lock.json"), "{}");
  return folder;
}

/** What npm installs of it that matters to the launcher. */
function makePackage(t: TestContext): string {
  const folder = tempFolder(t);
  for (const path of ["bin", "setup", "dist/package"]) mkdirSync(join(folder, path), { recursive: true });
  for (const path of ["chainpulse", "setup/with-node.sh"]) copyFileSync(join(root, path), join(folder, path));
  writeFileSync(join(folder, "bin", "npm"), fakeNpm, { mode: 0o755 });
  writeFileSync(join(folder, "dist", "package", "boot.mjs"), program);
  return folder;
}

function run(
  checkout: string,
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly path?: string } = {},
) {
  const path = [join(checkout, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
  return spawnSync(command, args, { cwd: options.cwd ?? checkout, encoding: "utf8", env: { PATH: options.path ?? path } });
}

/** A folder with the tools that the launcher uses, and nothing else. */
function shellTools(t: TestContext): string {
  const folder = tempFolder(t);
  for (const tool of ["cmp", "dirname", "find", "head", "readlink", "sh"]) {
    const source = ["/usr/bin", "/bin"].map((place) => join(place, tool)).find((path) => existsSync(path));
    assert.ok(source !== undefined, `${tool} is not on this machine`);
    symlinkSync(source, join(folder, tool));
  }
  return folder;
}

function calls(checkout: string, name: string): readonly string[] {
  try {
    return readFileSync(join(checkout, name), "utf8").trim().split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function tempFolder(t: TestContext): string {
  // The real path: on macOS the temporary folder is a symbolic link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "chainpulse-setup-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
