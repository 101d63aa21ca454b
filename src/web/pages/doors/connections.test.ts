import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { configSchema } from "../../../core/config.ts";
import { connections } from "./connections.ts";

const given = { origin: "http://127.0.0.1:9797", join: "chainpulse agent add node-1" };

test("settings to copy are read as they stand, and know tokens only where they are asked for", () => {
  // Wrong: what somebody has copied is refused, or sends without a token and is refused for ever.
  for (const { what, text } of connections({ ...given, withToken: false })) {
    assert.doesNotMatch(text, /token|Bearer|authorization/i, what);
    if (what !== "The settings for ChainPulse") continue;
    const document: unknown = parse(text);
    assert.ok(typeof document === "object" && document !== null && "performance_monitoring" in document);
    assert.equal(configSchema.safeParse(document.performance_monitoring).success, true, text);
  }
  const withToken = connections({ ...given, withToken: true });
  assert.match(withToken[0]?.text ?? "", /token create .*--scopes ingest/);
  const prometheus = withToken.find(({ title }) => title.startsWith("Prometheus"));
  assert.deepEqual(parse(prometheus?.text ?? ""), {
    remote_write: [
      {
        url: "http://127.0.0.1:9797/api/v1/write",
        send_exemplars: true,
        send_native_histograms: true,
        authorization: { credentials_file: "/etc/prometheus/chainpulse.token" },
      },
    ],
  });
});
