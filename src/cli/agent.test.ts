import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openTokenStore } from "../store/state/tokens.ts";
import { forRole } from "./for-role.ts";
import { loadConfig } from "../io/config-file.ts";
import { cli } from "./run-cli.test-support.ts";

const tlsFile = (name: string): string => fileURLToPath(new URL(`../serve/fixtures/tls/${name}`, import.meta.url));

test("an agent is added with all that its node has to be told, is listed, and is removed", async () => {
  // If it fails, nobody can join a fleet, or a node that was removed goes on writing.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-agent-"));
  const config = join(directory.path, "hub.yaml");
  const tls = { cert_file: tlsFile("first.crt"), key_file: tlsFile("first.key") };
  const server = { listen: "0.0.0.0:9797", allow_remote: true, auth: { required: true }, tls };
  writeFileSync(config, JSON.stringify({ performance_monitoring: { server, storage: { data_dir: directory.path } } }));
  const run = (...argv: readonly string[]) => cli(["agent", ...argv, "--config", config]);

  const added = await run("add", "node 7", "--url", "https://hub.example:9797");
  assert.equal(added.code, 0, added.stderr);
  const secret = added.stdout.trim();
  assert.match(
    added.stderr,
    /chainpulse start --role agent --node 'node 7' --hub https:\/\/hub\.example:9797 --token-file hub\.token --pin sha256\/[\w+/]{43}=/,
  );
  assert.ok(!added.stderr.includes(secret));
  assert.ok(!added.stderr.includes("Older tokens"));
  const again = JSON.parse((await run("add", "node 8", "--json")).stdout);
  assert.equal(again.url, "https://HUB:9797/");

  const store = openTokenStore(directory.path);
  try {
    assert.deepEqual([store.verify(secret, Date.now())?.node, store.verify(secret, Date.now())?.scopes], ["node 7", ["agent"]]);
    const listed = await run("list");
    assert.match(listed.stdout, /^NODE +STATUS +TOKEN/);
    assert.match(listed.stdout, /node 7 +never came/);
    assert.ok(!listed.stdout.includes(secret));
    assert.equal((await run("remove", "node 7")).code, 0);
    assert.equal(store.verify(secret, Date.now()), null);
    assert.notEqual(store.verify(again.token, Date.now()), null);
  } finally {
    store.close();
  }
  assert.equal((await run("remove", "node 7")).code, 1);
  assert.equal((await run("add")).code, 2);
  assert.equal((await run("list", "node 7")).code, 2);
});

test("start says what a node is, and an agent without a hub does not start", async () => {
  // If it fails, the line that a hub prints does not work on the node, or an agent runs that sends nothing.
  const pin = `sha256/${"A".repeat(43)}=`;
  const { started } = await cli([
    "start",
    "--role",
    "agent",
    "--hub",
    "https://h:1",
    "--token-file",
    "t",
    "--pin",
    pin,
    "--node",
    "n",
  ]);
  assert.deepEqual(started, [
    {
      file: undefined,
      flags: { listen: undefined, dataDir: undefined, node: "n", hub: { url: "https://h:1", token_file: "t", pin } },
      role: "agent",
    },
  ]);
  assert.equal((await cli(["start", "--role", "agent", "--hub", "https://h:1", "--pin", "abc"])).code, 2);

  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-agent-"));
  const file = join(directory.path, "agent.yaml");
  writeFileSync(file, "performance_monitoring: { storage: { max_series: 5 } }\n");
  const loaded = await loadConfig({ file, env: {}, role: "agent" });
  assert.throws(() => forRole(loaded, "agent"), {
    code: "CONFIG_INVALID",
    message: /needs the hub's address[^]*needs a token/,
  });
  // An agent keeps a day and a gigabyte, where the file does not say otherwise.
  const { retention_period_days: days, storage } = loaded.config;
  assert.deepEqual([days, storage.max_bytes, storage.max_series], [1, 1_073_741_824, 5]);
  assert.equal((await loadConfig({ file, env: {} })).config.retention_period_days, 30);
  writeFileSync(file, "performance_monitoring: { retention_period_days: 7, hub: { url: 'https://h:1', token_file: t } }\n");
  assert.equal(forRole(await loadConfig({ file, env: {}, role: "agent" }), "agent").config.retention_period_days, 7);
});

test("settings of the hub that contradict each other are refused where they stand", async () => {
  // If it fails, an agent starts without the certificate that its hub asks for, or a token crosses the network in the clear.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-agent-"));
  const file = join(directory.path, "agent.yaml");
  const cases = [
    ["hub: { cert_file: a }", /hub\.key_file: missing; expected a path/],
    ["hub: { key_file: a }", /hub\.cert_file: missing; expected a path/],
    ["hub: { url: 'http://hub:9797' }", /hub\.url: expected an https address/],
    ["hub: { pin: abc }", /hub\.pin: expected sha256\//],
    [
      "server: { tls: { cert_file: a, key_file: b, client_auth: required } }",
      /server\.tls\.client_ca_file: missing; expected a path/,
    ],
  ] as const;
  for (const [text, message] of cases) {
    writeFileSync(file, `performance_monitoring:\n  ${text}\n`);
    await assert.rejects(loadConfig({ file, env: {} }), (error: Error) => message.test(error.message), text);
  }
});
