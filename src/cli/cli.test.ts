import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../core/errors.ts";
import { escapeRegex } from "../core/promql-text.ts";
import { commands } from "./cli.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, scripts and supervisors get the wrong exit code or find messages among the data, and people get no help.

test("start passes its flags on", async () => {
  const { code, started } = await cli(["start", "--config", "c.yaml", "--listen=[::1]:0", "--data-dir", "/d", "--role", "all"]);
  assert.equal(code, 0);
  assert.deepEqual(started, [
    { file: "c.yaml", flags: { listen: "[::1]:0", dataDir: "/d", node: undefined, hub: {} }, role: "all" },
  ]);
  const bare = await cli(["start"]);
  assert.deepEqual(bare.started, [
    { file: undefined, flags: { listen: undefined, dataDir: undefined, node: undefined, hub: {} }, role: "all" },
  ]);
});

test("start's exit code is the program's; what it throws becomes a message and the right code", async () => {
  const failing = (error: Error): ReturnType<typeof cli> => {
    const start = async (): Promise<number> => {
      throw error;
    };
    return cli(["start"], { start });
  };
  assert.equal((await cli(["start"], { start: async () => 7 })).code, 7);
  const config = await failing(new ChainPulseError("CONFIG_INVALID", "c.yaml:1:1  wrong\nc.yaml:2:1  \u001b[2J"));
  assert.deepEqual([config.code, config.stderr], [78, "c.yaml:1:1  wrong\nc.yaml:2:1  \\u{1b}[2J\n"]);
  const locked = await failing(new ChainPulseError("STORE_LOCKED", "in use", { fix: "Stop the other one." }));
  assert.deepEqual([locked.code, locked.stderr], [1, "in use\nStop the other one.\n"]);
  const unforeseen = await failing(new TypeError("oops"));
  assert.equal(unforeseen.code, 1);
  assert.match(unforeseen.stderr, /TypeError: oops\n +at /);
});

const usageErrors: readonly (readonly [argv: readonly string[], message: string])[] = [
  [["chek-config"], 'chainpulse: unknown command "chek-config"; did you mean check-config?\nSee: chainpulse --help\n'],
  [["xyz"], 'chainpulse: unknown command "xyz"\nSee: chainpulse --help\n'],
  [["help", "strat"], 'chainpulse: unknown command "strat"; did you mean start?\nSee: chainpulse --help\n'],
  [["start", "--lisen", "x"], "chainpulse start: unknown flag --lisen; did you mean --listen?\nSee: chainpulse start --help\n"],
  [["start", "-x"], "chainpulse start: unknown flag -x\nSee: chainpulse start --help\n"],
  [["start", "--listen"], "chainpulse start: --listen needs a value: --listen HOST:PORT\nSee: chainpulse start --help\n"],
  [["start", "--config="], "chainpulse start: --config needs a value: --config FILE\nSee: chainpulse start --help\n"],
  [
    ["start", "--config", "--role=all"],
    "chainpulse start: --config needs a value: --config FILE\nSee: chainpulse start --help\n",
  ],
  [["start", "now"], 'chainpulse start: unexpected argument "now"\nSee: chainpulse start --help\n'],
  [
    ["start", "--listen", "9797"],
    'chainpulse start: --listen takes HOST:PORT, e.g. 127.0.0.1:9797, not "9797"\nSee: chainpulse start --help\n',
  ],
  [
    ["start", "--role", "hubb"],
    'chainpulse start: --role is one of all, agent, hub, not "hubb"; did you mean hub?\nSee: chainpulse start --help\n',
  ],
  [
    ["start", "--role", "agent", "--hub", "http://hub:9797"],
    'chainpulse start: --hub takes an https address, e.g. https://hub.example:9797, not "http://hub:9797"\nSee: chainpulse start --help\n',
  ],
  [["version", "--json=yes"], "chainpulse version: --json takes no value\nSee: chainpulse version --help\n"],
  [["annotate", "deploy"], "chainpulse annotate: TITLE is missing: the text at the mark\nSee: chainpulse annotate --help\n"],
  [
    ["query", "up", "--range", "15"],
    'chainpulse query: --range takes a duration such as 30s, 15m, 12h or 90d, not "15"\nSee: chainpulse query --help\n',
  ],
  [
    ["query", "up", "--url", "ftp://x"],
    'chainpulse query: --url takes http(s)://HOST:PORT, not "ftp://x"\nSee: chainpulse query --help\n',
  ],
];

for (const [argv, message] of usageErrors) {
  test(`wrong usage: ${argv.join(" ")}`, async () => {
    const { code, stdout, stderr, started } = await cli(argv);
    assert.deepEqual({ code, stdout, stderr, started }, { code: 2, stdout: "", stderr: message, started: [] });
  });
}

test("help is data: on stdout, with exit code 0, wherever --help stands", async () => {
  const general = await cli([]);
  assert.equal(general.code, 0);
  assert.equal(general.stderr, "");
  for (const argv of [["--help"], ["-h"], ["help"]]) assert.deepEqual(await cli(argv), general);
  const start = await cli(["help", "start"]);
  assert.deepEqual(await cli(["start", "--listen", "--help"]), start);
  assert.deepEqual(start.started, []);
});

test("every command is in the general help, and shows examples before flags", async () => {
  const { stdout } = await cli([]);
  for (const { name, summary, options } of commands) {
    assert.match(stdout, new RegExp(`^ {2}${name} +${escapeRegex(summary)}$`, "m"));
    const help = (await cli([name, "--help"])).stdout;
    assert.ok(help.indexOf("Examples:") < help.indexOf("Flags:"), name);
    for (const flag of Object.keys(options)) assert.ok(help.includes(`--${flag}`), `${name} --${flag}`);
  }
});

test("the version is printed for people and for programs", async () => {
  assert.equal((await cli(["version"])).stdout, "chainpulse 1.2.3\n");
  assert.equal((await cli(["--version"])).stdout, "chainpulse 1.2.3\n");
  assert.equal(JSON.parse((await cli(["version", "--json"])).stdout).version, "1.2.3");
});

test("check-config: 0 for a right file, 78 with every problem for a wrong one", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-cli-"));
  const file = join(directory.path, "c.yaml");
  writeFileSync(file, "performance_monitoring: { gpu: {} }\n");
  const right = await cli(["check-config", file]);
  assert.equal(right.code, 0);
  assert.equal(right.stdout, `${file} is right.\n`);
  assert.match(right.stderr, /warning: .*gpu: not built yet, ignored\n$/);

  writeFileSync(file, "performance_monitoring:\n  loging: {}\n");
  const wrong = await cli(["check-config", file]);
  assert.deepEqual([wrong.code, wrong.stdout], [78, ""]);
  assert.equal(wrong.stderr, `${file}:2:3  performance_monitoring.loging: unknown key; did you mean "logging"?\n`);

  const json = await cli(["check-config", "--json", file]);
  assert.deepEqual([json.code, json.stderr], [78, ""]);
  const { ok, issues } = JSON.parse(json.stdout);
  assert.equal(ok, false);
  assert.deepEqual([issues[0].line, issues[0].column, issues[0].nearest], [2, 3, "logging"]);
});

test("check-config refuses a kind of client that there is not, and names the one that was meant", async () => {
  // Otherwise a file that is called right leaves a client unwatched.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-cli-"));
  const file = join(directory.path, "c.yaml");
  const meant = {
    gethh: "geth",
    Lighthouse: "beacon",
    prysm: "beacon",
    teku: "beacon",
    nimbus: "beacon",
    grandine: "beacon",
    erigon: "evm",
    nethermind: "evm",
    besu: "evm",
    "bitcoin-core": "bitcoind",
    solana: undefined,
  };
  for (const [kind, nearest] of Object.entries(meant)) {
    writeFileSync(file, `performance_monitoring:\n  chain:\n    clients:\n      - kind: auto\n      - kind: ${kind}\n`);
    const { code, stdout } = await cli(["check-config", "--json", file]);
    const [issue] = JSON.parse(stdout).issues;
    assert.deepEqual([code, issue.line, issue.column, issue.nearest], [78, 5, 15, nearest], kind);
    assert.match(issue.message, new RegExp(`^expected one of "auto", "anvil", "geth", .*, found "${kind}"$`));
    assert.equal(issue.path, "performance_monitoring.chain.clients[1].kind");
  }
  writeFileSync(file, "performance_monitoring: { chain: { clients: [{ kind: geth }, { kind: lodestar-vc }] } }\n");
  assert.equal((await cli(["check-config", file])).code, 0);
});

test("no command line makes the program fail in an unforeseen way", async () => {
  const word = fc.oneof(
    fc.constantFrom(
      "start",
      "version",
      "completion",
      "bash",
      "help",
      "token",
      "--json",
      "--",
      "-",
      "--config",
      "--role",
      "=",
      "--x=y",
    ),
    fc.string({ maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (argv) => {
      // Commands that look at this machine or write files are tested on their own.
      fc.pre(!["init", "doctor", "query", "annotate", "check-config", "token"].includes(argv[0] ?? ""));
      const { code, stderr } = await cli(argv);
      assert.ok(code === 0 || code === 2, `${code}: ${stderr}`);
    }),
    { numRuns: 300 },
  );
});
