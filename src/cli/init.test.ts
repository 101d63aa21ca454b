import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { configSchema } from "../core/config.ts";
import { parseConfigText } from "../io/config-file-parse.ts";
import { detect } from "./init-detect.ts";
import { configTemplate } from "./init-template.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, the file that a new user begins with is wrong, or overwrites the one they had.

const nothing = { hostname: "host-1", clients: [], gpus: [] };

test("the written file is right, and sets nothing but the node's id", () => {
  const { config, warnings } = parseConfigText(configTemplate(nothing), "chainpulse.yaml");
  assert.deepEqual(warnings, []);
  assert.deepEqual(config, configSchema.parse({ node: { id: "host-1" } }));
});

test("deleting the # of every setting gives a right file too, with the defaults that the comments promise", () => {
  const text = configTemplate(nothing).replaceAll(/^( *)#(?=[a-z_])/gm, "$1");
  const { config } = parseConfigText(text, "chainpulse.yaml");
  const { output_dir, ...logging } = config.logging;
  assert.deepEqual(logging, configSchema.parse({}).logging);
  assert.equal(output_dir, "/var/log/chainpulse");
  assert.equal(config.server.tls?.cert_file, "/etc/chainpulse/tls.crt");
  assert.deepEqual(config.host, configSchema.parse({}).host);
});

test("a hostile name of the machine or of a client does not break out of its line", () => {
  const evil = '"\nperformance_monitoring: {}\n#';
  const text = configTemplate({ hostname: evil, clients: [{ what: evil, evidence: evil }], gpus: [evil] });
  assert.equal(parseConfigText(text, "chainpulse.yaml").config.node.id, evil);
});

test("clients are found by process name and listening port, GPUs by device file", () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-init-"));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    writeFileSync(join(directory.path, path), text);
  };
  const head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
  put("proc/10/comm", "geth\n");
  put("proc/11/comm", "bash\n");
  put("proc/12/comm", "toString\n");
  const socket = (local: string, remote: string, state: string): string =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  1000        0 41234 1 0000000000000000 100 0 0 10 0\n`;
  put("proc/net/tcp", head + socket("0100007F:2161", "00000000:0000", "0A") + socket("0100007F:1F90", "00000000:0000", "0A"));
  // Port 26657 as the remote end of a connection, and 8332 (0x208C) in state ESTABLISHED: no listeners.
  const [any, other] = ["0".repeat(32), "0".repeat(24) + "01000000"];
  put("proc/net/tcp6", head + socket(`${any}:13BC`, `${any}:0000`, "0A") + socket(`${other}:208C`, `${other}:6821`, "01"));
  put("dev/nvidia0", "");
  put("dev/nvidiactl", "");
  put("dev/dri/renderD128", "");
  assert.deepEqual(detect({ hostname: "h", root: directory.path }), {
    hostname: "h",
    clients: [
      { what: "geth (Ethereum)", evidence: "process 10" },
      { what: "Ethereum beacon API", evidence: "listening on port 5052" },
      { what: "Ethereum JSON-RPC", evidence: "listening on port 8545" },
    ],
    gpus: ["/dev/dri/renderD128", "/dev/nvidia0"],
  });
  assert.deepEqual(detect({ hostname: "h", root: join(directory.path, "none") }), { hostname: "h", clients: [], gpus: [] });
});

test("init writes once, replaces only with --force, and prints with --stdout", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-init-"));
  const file = join(directory.path, "etc", "chainpulse.yaml");
  assert.equal((await cli(["init", file])).code, 0);
  const written = readFileSync(file, "utf8");
  assert.match(written, /^performance_monitoring:$/m);

  writeFileSync(file, "mine");
  const refused = await cli(["init", file]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /exists already; --force replaces it/);
  assert.equal(readFileSync(file, "utf8"), "mine");
  assert.equal((await cli(["init", file, "--force"])).code, 0);
  assert.match(readFileSync(file, "utf8"), /^performance_monitoring:$/m);

  const printed = await cli(["init", "--stdout"]);
  assert.match(printed.stdout, /^performance_monitoring:$/m);
  assert.equal(printed.stderr, "");
});
