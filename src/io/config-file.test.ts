import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { configSchema } from "../core/config.ts";
import { applyOverrides, configSearchPath, dataDirOf, defaultDataDir, loadConfig } from "./config-file.ts";

// If these fail, ChainPulse runs with another file, address or directory than the operator asked for.

const temporary = (): ReturnType<typeof mkdtempDisposableSync> => mkdtempDisposableSync(join(tmpdir(), "chainpulse-config-"));
const section = (id: string): string => `performance_monitoring:\n  node: { id: ${id} }\n`;
const invalid = { code: "CONFIG_INVALID" };

test("without a file every setting has its default", async () => {
  using directory = temporary();
  const env = { HOME: directory.path };
  const loaded = await loadConfig({ env, cwd: directory.path });
  assert.deepEqual(loaded, { config: configSchema.parse({}), file: null, warnings: [] });
});

test("the first file of the search path is taken; flag and variable come before it", async () => {
  using directory = temporary();
  const { path: cwd } = directory;
  const env = { XDG_CONFIG_HOME: join(cwd, "xdg"), HOME: cwd };
  mkdirSync(join(cwd, "xdg", "chainpulse"), { recursive: true });
  const nodeOf = async (options: { file?: string; env: Record<string, string> }): Promise<unknown> =>
    (await loadConfig({ ...options, cwd })).config.node.id;

  writeFileSync(join(cwd, "xdg", "chainpulse", "config.yaml"), section("xdg"));
  assert.equal(await nodeOf({ env }), "xdg");
  writeFileSync(join(cwd, "chainpulse.yaml"), section("here"));
  assert.equal(await nodeOf({ env }), "here");
  writeFileSync(join(cwd, "variable.yaml"), section("variable"));
  assert.equal(await nodeOf({ env: { ...env, CHAINPULSE_CONFIG: "variable.yaml" } }), "variable");
  writeFileSync(join(cwd, "flag.yaml"), section("flag"));
  assert.equal(await nodeOf({ file: "flag.yaml", env: { ...env, CHAINPULSE_CONFIG: "variable.yaml" } }), "flag");
});

test("the search path follows the XDG specification: relative directories in the variable do not count", () => {
  const paths = (env: Record<string, string>): readonly string[] => configSearchPath(env, "/srv");
  assert.deepEqual(paths({ XDG_CONFIG_HOME: "/x", HOME: "/home/u" }), [
    "/srv/chainpulse.yaml",
    "/x/chainpulse/config.yaml",
    "/etc/chainpulse/config.yaml",
  ]);
  assert.equal(paths({ XDG_CONFIG_HOME: "x", HOME: "/home/u" })[1], "/home/u/.config/chainpulse/config.yaml");
});

test("a named file that is not there, is no text, is a directory or is too large is an error that names it", async () => {
  using directory = temporary();
  const file = (name: string): string => join(directory.path, name);
  writeFileSync(file("binary.yaml"), Buffer.from([0xff, 0xfe, 0x00]));
  writeFileSync(file("large.yaml"), Buffer.alloc(1_048_577, "#"));
  const cases = [
    ["none.yaml", /none\.yaml: there is no such file/],
    ["binary.yaml", /binary\.yaml: is not UTF-8 text/],
    ["large.yaml", /large\.yaml: is larger than 1048576 bytes/],
    [".", /cannot be read \(EISDIR/],
  ] as const;
  for (const [name, message] of cases) {
    await assert.rejects(loadConfig({ file: file(name), env: {} }), { ...invalid, message });
  }
  await assert.rejects(loadConfig({ env: { CHAINPULSE_CONFIG: file("none.yaml") } }), invalid);
  await assert.rejects(loadConfig({ file: "/dev/zero", env: {} }), { ...invalid, message: /larger than/ });
});

test("flags come before the environment, that before the file, that before the default", async () => {
  using directory = temporary();
  const file = join(directory.path, "c.yaml");
  writeFileSync(file, "performance_monitoring: { server: { listen: 'f:1' }, storage: { data_dir: /f } }\n");
  const listenOf = async (listen: string | undefined, env: Record<string, string>): Promise<readonly unknown[]> => {
    const { config } = await loadConfig({ file, flags: { listen, dataDir: undefined }, env });
    return [config.server.listen, config.storage.data_dir];
  };
  assert.deepEqual(await listenOf(undefined, {}), ["f:1", "/f"]);
  assert.deepEqual(await listenOf(undefined, { CHAINPULSE_LISTEN: "e:1", CHAINPULSE_DATA_DIR: "/e" }), ["e:1", "/e"]);
  assert.deepEqual(await listenOf("[::1]:0", { CHAINPULSE_LISTEN: "e:1", CHAINPULSE_DATA_DIR: "" }), ["[::1]:0", "/f"]);
});

test("a wrong address in the environment is a configuration error", async () => {
  for (const listen of ["9797", "host", "host:65536", ":1", "a b:1", "::1:80"]) {
    await assert.rejects(loadConfig({ env: { CHAINPULSE_LISTEN: listen } }), {
      ...invalid,
      message: /CHAINPULSE_LISTEN: expected HOST:PORT/,
    });
  }
});

test("overrides leave everything else as it is", () => {
  const config = configSchema.parse({ node: { id: "n" } });
  assert.deepEqual(applyOverrides(config, {}), config);
  assert.equal(applyOverrides(config, { dataDir: "/d" }).node.id, "n");
});

test("the data directory: root has the system's, others their own, the configuration decides", () => {
  assert.equal(defaultDataDir({ HOME: "/root" }, 0), "/var/lib/chainpulse");
  assert.equal(defaultDataDir({ HOME: "/home/u" }, 1000), "/home/u/.local/state/chainpulse");
  assert.equal(defaultDataDir({ HOME: "/home/u", XDG_STATE_HOME: "/s" }, 1000), "/s/chainpulse");
  assert.equal(dataDirOf(configSchema.parse({ storage: { data_dir: "/d" } }), {}), "/d");
});
