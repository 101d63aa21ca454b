import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../../core/config.ts";
import { plansOf } from "./destinations.ts";

test("no destination is called by what lets somebody in", () => {
  // What breaks: whoever may look at this node, or reads its log, can send to the hub and to vendors in its name.
  const config = configSchema.parse({
    hub: { url: "https://user:key-1@hub.example/below?token=key-2" },
    remote_write: [{ url: "https://vendor.example/write?api_key=key-3" }],
    otlp_export: [{ endpoint: "https://vendor.example/v1/metrics?token=key-4" }],
    storage: {
      engine: "prometheus",
      prometheus: { write_url: "http://engine/write?key=key-5", query_url: "http://engine/?key=key-6" },
    },
  });
  const shown = plansOf(config).map(({ kind, id, address }) => ({ kind, id, address }));
  assert.deepEqual(new Set(shown.map(({ kind }) => kind)), new Set(["hub", "remote_write", "otlp", "engine"]));
  assert.doesNotMatch(JSON.stringify(shown), /key-\d|user/);
});
