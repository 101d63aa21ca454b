import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { configSchema } from "../../core/config.ts";
import { configText } from "./config-text.ts";

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
