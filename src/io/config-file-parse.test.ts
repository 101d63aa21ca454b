import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { configSchema } from "../core/config.ts";
import { ConfigError, type ConfigIssue, formatConfigIssue } from "./config-file-error.ts";
import { parseConfigText } from "./config-file-parse.ts";

// If these fail, an operator's configuration is read wrongly, or an error in it is not found, or its place is not the right one.

/** DESIGN 6, verbatim: the file that must work as it is. */
const seed = `performance_monitoring:
  enabled: true
  sampling_interval_ms: 1000
  retention_period_days: 30
  ai_optimization: { enabled: true, model_path: "/path/to/optimization/model" }
  quantum_monitoring: { enabled: true, simulation_metrics: true }
  logging: { level: "info", output_dir: "/var/log/blockchain/performance" }
`;

function issuesOf(text: string): readonly ConfigIssue[] {
  try {
    parseConfigText(text, "node.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.code, "CONFIG_INVALID");
    assert.equal(error.message, error.issues.map(formatConfigIssue).join("\n"));
    return error.issues;
  }
  return assert.fail("the text was accepted");
}

test("the seed configuration loads as it is, with the defaults for the rest", () => {
  const { config, warnings } = parseConfigText(seed, "node.yaml");
  assert.deepEqual(warnings, []);
  assert.equal(config.logging.output_dir, "/var/log/blockchain/performance");
  assert.equal(config.ai_optimization.model_path, "/path/to/optimization/model");
  assert.deepEqual(config.server, configSchema.parse({}).server);
});

test("other top-level keys are not ours, whatever they hold", () => {
  const text = `p2p: { port: 1 }\nrpc: !custom [1, 1]\nlist:\n  a: 1\n  a: 2\n${seed}`;
  assert.equal(parseConfigText(text, "node.yaml").config.sampling_interval_ms, 1000);
});

test("a key without a value has its default", () => {
  const text = "performance_monitoring:\n  logging:\n    # level: debug\n  host: { proc_root: }\n  sampling_interval_ms: 500\n";
  const expected = configSchema.parse({ sampling_interval_ms: 500 });
  assert.deepEqual(parseConfigText(text, "node.yaml").config, expected);
  assert.deepEqual(parseConfigText("performance_monitoring:\n", "node.yaml").config, configSchema.parse({}));
});

const line1 = "performance_monitoring:\n";
const errorTable: readonly (readonly [text: string, formatted: string])[] = [
  [
    `${line1}  logging:\n    levle: info\n`,
    'node.yaml:3:5  performance_monitoring.logging.levle: unknown key; did you mean "level"?',
  ],
  [`${line1}  zzz: 1\n`, "node.yaml:2:3  performance_monitoring.zzz: unknown key"],
  [
    `${line1}  sampling_interval_ms: 50\n`,
    "node.yaml:2:25  performance_monitoring.sampling_interval_ms: expected an integer from 200 to 60000, found 50",
  ],
  [
    `${line1}  sampling_interval_ms: 1.5e3x\n`,
    'node.yaml:2:25  performance_monitoring.sampling_interval_ms: expected an integer from 200 to 60000, found "1.5e3x"',
  ],
  [
    `${line1}  retention_period_days: .inf\n`,
    "node.yaml:2:26  performance_monitoring.retention_period_days: expected a number above 0, at most 3650, found Infinity",
  ],
  [`${line1}  enabled: yes\n`, 'node.yaml:2:12  performance_monitoring.enabled: expected true or false, found "yes"'],
  [
    `${line1}  logging: { level: inf }\n`,
    'node.yaml:2:21  performance_monitoring.logging.level: expected one of "debug", "info", "warn", "error", found "inf"; did you mean "info"?',
  ],
  [
    `${line1}  logging: debug\n`,
    'node.yaml:2:12  performance_monitoring.logging: expected a section of key: value lines, found "debug"',
  ],
  [
    `${line1}  server: { listen: "127.0.0.1:70000" }\n`,
    'node.yaml:2:21  performance_monitoring.server.listen: expected HOST:PORT, e.g. 127.0.0.1:9797, found "127.0.0.1:70000"',
  ],
  [
    `${line1}  server:\n    tls: { cert_file: a.pem }\n`,
    "node.yaml:3:5  performance_monitoring.server.tls.key_file: missing; expected a path",
  ],
  [
    `${line1}  host:\n    targets:\n      - { address: "a:1" }\n      - { adress: "b:1", address: "b:1" }\n`,
    'node.yaml:5:11  performance_monitoring.host.targets[1].adress: unknown key; did you mean "address"?',
  ],
  [
    `${line1}  host: { targets: [ { address: "a:0" } ] }\n`,
    'node.yaml:2:33  performance_monitoring.host.targets[0].address: expected HOST:PORT, e.g. 10.0.0.2:30303, found "a:0"',
  ],
  [
    `${line1}  host: { processes: { watch: geth } }\n`,
    'node.yaml:2:31  performance_monitoring.host.processes.watch: expected a list of at most 256 values, found "geth"',
  ],
  [
    `${line1}  node: { labels: { a-b: x } }\n`,
    "node.yaml:2:21  performance_monitoring.node.labels.a-b: expected a label name: letters, digits and underscores, not starting with a digit",
  ],
  [
    `${line1}  storage: { engine: prometheus }\n`,
    "node.yaml:2:12  performance_monitoring.storage: engine: prometheus needs a section storage.prometheus with write_url and query_url",
  ],
  [
    `${line1}  remote_write: [{ url: "http://me:secret@h/w" }]\n`,
    'node.yaml:2:25  performance_monitoring.remote_write[0].url: expected an address without a password in it, e.g. http://prometheus:9090/api/v1/write, found "http://…@h/…"',
  ],
  // Whoever may look at the node is told why its configuration was refused: not the key that is in it.
  [
    `${line1}  chain: { clients: [{ rpc_url: "htps://h/v3/secret" }] }\n`,
    'node.yaml:2:33  performance_monitoring.chain.clients[0].rpc_url: expected an address, e.g. http://127.0.0.1:8545, found "htps://h/…"',
  ],
  [
    `${line1}  scrape: { scrape_configs: [{ job_name: j, bearer_token: secret }] }\n`,
    "node.yaml:2:59  performance_monitoring.scrape.scrape_configs[0].bearer_token: expected nothing here: a secret belongs into a file, named by bearer_token_file",
  ],
  [
    `${line1}  chain: { clients: [{ kind: prometheus }] }\n`,
    "node.yaml:2:22  performance_monitoring.chain.clients[0]: kind: prometheus needs metrics_url and mapping_file; docs/chain-mapping.md says what is in one",
  ],
  [`${line1}  __proto__: { enabled: false }\n`, "node.yaml:2:3  performance_monitoring.__proto__: this key is not allowed"],
  [
    `${line1}  chain: { a: [ { __proto__: 1 } ] }\n`,
    "node.yaml:2:19  performance_monitoring.chain.a[0].__proto__: this key is not allowed",
  ],
  [`${line1}  "a\\nb": 1\n`, 'node.yaml:2:3  performance_monitoring."a\\nb": unknown key'],
  [`${line1}  enabled: true\n  enabled: false\n`, "node.yaml:3:3  Map keys must be unique"],
  [`${line1}  enabled: true\n${line1}  enabled: false\n`, "node.yaml:3:1  Map keys must be unique"],
  ["a: [1\n", "node.yaml:2:1  Flow sequence in block collection must be sufficiently indented and end with a ]"],
  ["\ta: 1\n", "node.yaml:1:1  Tabs are not allowed as indentation"],
  ["- a\n", 'node.yaml:1:1  expected a mapping with the key "performance_monitoring" at the top'],
  [
    "performance_monitoring: [1]\n",
    "node.yaml:1:25  performance_monitoring: expected a section of key: value lines, found a list",
  ],
];

for (const [text, formatted] of errorTable) {
  test(`error: ${formatted}`, () => {
    assert.deepEqual(issuesOf(text).map(formatConfigIssue), [formatted]);
  });
}

test("all problems are listed, in the order of the file", () => {
  const text = `${line1}  server: { listen: x }\n  sampling_interval_ms: 1\n  loging: {}\n`;
  const places = issuesOf(text).map(({ line, column, nearest }) => [line, column, nearest]);
  assert.deepEqual(places, [
    [2, 21, undefined],
    [3, 25, undefined],
    [4, 3, "logging"],
  ]);
});

test("an error in an aliased value is placed where the value is written", () => {
  const text = `shared: &log\n  level: loud\n${line1}  logging: *log\n`;
  const [issue] = issuesOf(text);
  assert.deepEqual([issue?.line, issue?.column, issue?.path], [2, 10, "performance_monitoring.logging.level"]);
});

test("aliases work, but neither a bomb, nor a circle, nor an alias to nothing", () => {
  const bomb = ["a0: &a0 [x, x]"];
  for (let level = 1; level < 12; level++) bomb.push(`a${level}: &a${level} [${`*a${level - 1},`.repeat(10)}]`);
  assert.match(issuesOf(`${bomb.join("\n")}\n${line1}  chain: { x: *a11 }\n`)[0]?.message ?? "", /alias/);
  assert.match(issuesOf(`${line1}  chain: &c { x: *c, y: *c }\n`)[0]?.message ?? "", /deeper|values/);
  assert.match(issuesOf(`${line1}  logging: *nothing\n`)[0]?.message ?? "", /alias/i);
  assert.equal(parseConfigText(`x: &lvl debug\n${line1}  logging: { level: *lvl }\n`, "n").config.logging.level, "debug");
});

test("depth and number of values are bounded", () => {
  const deep = `${"{ a: ".repeat(40)}1${" }".repeat(40)}`;
  assert.match(issuesOf(`${line1}  chain: ${deep}\n`)[0]?.message ?? "", /deeper than 32/);
  assert.match(issuesOf(`${line1}  chain: { a: [${"1,".repeat(20_000)}] }\n`)[0]?.message ?? "", /more than 10000 values/);
});

test("reserved sections are accepted with a warning that has their place", () => {
  const { warnings } = parseConfigText(`${line1}  ai: { model: "x" }\n  gpu: {}\n`, "node.yaml");
  assert.deepEqual(warnings, [
    "node.yaml:2:3  performance_monitoring.ai: not built yet, ignored",
    "node.yaml:3:3  performance_monitoring.gpu: not built yet, ignored",
  ]);
});

test("a file without our key is a warning, which points at a typo of it", () => {
  const cases = [
    ["", /has no key "performance_monitoring"/],
    ["# only a comment\n", /every setting has its default$/],
    ["p2p: 1\n", /every setting has its default$/],
    ["perfomance_monitoring:\n  enabled: false\n", /"perfomance_monitoring" looks like a typo/],
  ] as const;
  for (const [text, expected] of cases) {
    const { config, warnings } = parseConfigText(text, "node.yaml");
    assert.deepEqual(config, configSchema.parse({}));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", expected);
  }
});

/** Either a configuration or a `ConfigError` whose issues are complete; anything else fails the property. */
function assertReadable(text: string): void {
  try {
    const { config } = parseConfigText(text, "node.yaml");
    assert.deepEqual(configSchema.parse(config), config);
  } catch (error) {
    assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
    assert.ok(error.issues.length > 0);
    for (const issue of error.issues) {
      assert.ok(issue.line === null || (issue.line >= 1 && issue.line <= text.split("\n").length));
      assert.doesNotMatch(formatConfigIssue(issue), /undefined|\[object/);
    }
  }
}

test("no text makes the reader fail with anything but CONFIG_INVALID", () => {
  const token = fc.constantFrom(
    ..."performance_monitoring logging level host targets address server tls node labels chain enabled".split(" "),
    ..."__proto__ constructor true null ~ 1 -1 .nan 0x1F &a *a << ? | > - : , { } [ ] # ' \" ! % @ --- ...".split(" "),
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    " ",
    "\t",
    "\r\n",
    "\u0000",
    "é",
    "\ufeff",
  );
  const soup = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(""));
  const ours = soup.map((text) => `performance_monitoring:\n  ${text}`);
  fc.assert(fc.property(fc.oneof(soup, ours, fc.string({ maxLength: 200 })), assertReadable), { numRuns: 500 });
});

test("no value under any known key makes the reader fail with anything but CONFIG_INVALID", () => {
  const keys = Object.keys(configSchema.shape);
  const inner = ["level", "targets", "labels", "tls", "listen", "processes", "address", "id", "auth"];
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.string({ maxLength: 10 }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...inner, "toString", "other"), tie("value"), { maxKeys: 3 }),
    ),
  }));
  const section = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 4 });
  fc.assert(
    fc.property(section, (content) => assertReadable(stringify({ performance_monitoring: content }))),
    { numRuns: 300 },
  );
});

test("every valid configuration survives writing and reading", () => {
  const valid = fc.record(
    {
      enabled: fc.boolean(),
      sampling_interval_ms: fc.integer({ min: 200, max: 60_000 }),
      retention_period_days: fc.double({ min: 0.01, max: 3650, noNaN: true }),
      node: fc.record({ id: fc.string({ minLength: 1, maxLength: 128 }) }),
      host: fc.record({
        processes: fc.record({ watch: fc.array(fc.string({ minLength: 1, maxLength: 15 }), { maxLength: 5 }) }),
      }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(valid, (content) => {
      const { config } = parseConfigText(stringify({ performance_monitoring: content }), "node.yaml");
      assert.deepEqual(config, configSchema.parse(content));
    }),
  );
});
