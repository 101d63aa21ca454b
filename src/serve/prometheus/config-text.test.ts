import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { configSchema, type Config } from "../../core/config.ts";
import { configJsonSchema, type SchemaNode } from "../../io/config-file-schema.ts";
import { configText } from "./config-text.ts";

/** Every key whose value is a text, with `[]` for the entries of a list and `*` for those of a section with free names. */
function textKeys({ type, properties, items, additionalProperties }: SchemaNode, key = ""): readonly string[] {
  const below = Object.entries(properties ?? {}).flatMap(([name, node]) =>
    textKeys(node, key === "" ? name : `${key}.${name}`),
  );
  const entries = items === undefined ? [] : textKeys(items, `${key}.[]`);
  const free = typeof additionalProperties === "object" ? textKeys(additionalProperties, `${key}.*`) : [];
  return [...(type === "string" ? [key] : []), ...below, ...entries, ...free];
}

/** What a file would come to in which this key had the value. */
function configWith(key: string, value: string): Config {
  const config: Record<string, unknown> = configSchema.parse({});
  const put = (before: unknown, [step, ...rest]: readonly string[]): unknown => {
    if (step === undefined) return value;
    if (step === "[]") return [put(undefined, rest)];
    const section = typeof before === "object" && before !== null && !Array.isArray(before) ? before : {};
    const name = step === "*" ? "token" : step;
    return { ...section, [name]: put(Object.entries(section).find(([known]) => known === name)?.[1], rest) };
  };
  // Of the right shape, though with a text that not every key would take.
  return put(config, key.split(".")) as Config;
}

test("no key shows what may be a key in an address, whatever the key is", () => {
  // What breaks: whoever may look at this node uses the operator's account for chain nodes, and writes to their chat. A key that is
  // new in the schema is asked here too; one whose path is to be shown has to be named.
  const withPath = [
    "alerts.alertmanagers.[].url",
    "alerts.external_url",
    "hub.url",
    "otlp_export.[].endpoint",
    "otlp_export.[].traces_endpoint",
    "remote_write.[].url",
    "storage.prometheus.query_url",
    "storage.prometheus.write_url",
  ];
  // They are labels, or make some: shown with every series.
  const shownAnyway = /(?:labels|relabel_configs)(?:\.|$)/;
  const keys = textKeys(configJsonSchema()).filter((key) => !shownAnyway.test(key));
  assert.ok(keys.length > 60 && withPath.every((key) => keys.includes(key)), keys.join(" "));
  for (const scheme of ["https", "wss"]) {
    for (const key of keys) {
      const shown = (rest: string): string => configText(configWith(key, `${scheme}://${rest}`));
      assert.doesNotMatch(shown("user-1:pw-2@vendor.example/path-3?query-4#hash-5"), /user-1|pw-2|query-4|hash-5/, key);
      assert.equal(/path-3/.test(shown("vendor.example/path-3")), withPath.includes(key), key);
    }
  }
});

test("addresses without secrets are shown as they are, and parameters of scrapes that are no keys", () => {
  // What breaks: an operator does not see which client is asked, or which target a job means.
  const client = { kind: "geth", rpc_url: "http://127.0.0.1:8545", ws_url: "wss://eth.example/v2/key-1" };
  const params = { target: ["a.example"], api_token: ["key-2", "key-3"] };
  const text = configText(
    configSchema.parse({
      chain: { clients: [client] },
      hub: { url: "https://tok:key-4@hub.example/below" },
      scrape: { scrape_configs: [{ job_name: "j", params }] },
      gpu: { anything: "key-5" },
    }),
  );
  assert.doesNotMatch(text, /key-\d/);
  const { chain, hub, scrape } = parse(text).performance_monitoring;
  assert.deepEqual(
    [chain.clients[0].rpc_url, chain.clients[0].ws_url, hub.url],
    ["http://127.0.0.1:8545", "wss://eth.example/<secret>", "https://hub.example/below"],
  );
  assert.deepEqual(scrape.scrape_configs[0].params, { target: ["a.example"], api_token: ["<secret>"] });
});

test("keys to other servers are not shown: neither in headers nor in addresses", () => {
  // What breaks: whoever may look at this node can write to the services that it sends to, as this node.
  const headers = { "X-Api-Key": "key-1", Authorization: "Bearer key-2" };
  const config = configSchema.parse({
    remote_write: [{ url: "https://vendor.example/write?api_key=key-3", headers }],
    otlp_export: [{ endpoint: "https://vendor.example/v1/metrics?token=key-4", headers }],
    storage: {
      engine: "prometheus",
      prometheus: { write_url: "http://engine/write?key=key-5", query_url: "http://engine/?key=key-6", headers },
    },
    alerts: { webhooks: [{ name: "hook", url: "https://hooks.example/key-7" }] },
  });
  const text = configText(config);
  assert.doesNotMatch(text, /key-\d/);
  const { remote_write: writes } = parse(text).performance_monitoring;
  assert.equal(writes[0].url, "https://vendor.example/write?<secret>");
  assert.deepEqual(Object.keys(writes[0].headers), ["X-Api-Key", "Authorization"]);
});

test("without a destination nothing is added", () => {
  // What breaks: the text cannot be used as a file again.
  const { performance_monitoring: shown } = parse(configText(configSchema.parse({})));
  assert.equal("prometheus" in shown.storage, false);
});
