import assert from "node:assert/strict";
import { test } from "node:test";
import { defineMetrics } from "../../core/metric.ts";
import { aliasMetadata } from "./alias-metadata.ts";

test("names are told with each known value of the labels in them", () => {
  // If this fails, an editor does not complete the other exporter's names, or offers braces.
  const metrics = defineMetrics({
    events: {
      name: "own.events",
      kind: "counter",
      unit: "{event}",
      help: "Events.",
      labels: { protocol: ["Tcp", "Udp"], event: ["In", "$&"], device: null },
      aliases: [{ name: "ext_{protocol}_{event}" }, { name: "ext_{device}_{event}" }],
    },
    load: { name: "own.load", kind: "updowncounter", unit: "1", help: "Load.", aliases: [{ name: "ext_load" }] },
  });
  const event = { type: "counter", help: "Events.", unit: "" };
  assert.deepEqual(aliasMetadata(Object.values(metrics)), [
    ...["ext_Tcp_$&", "ext_Tcp_In", "ext_Udp_$&", "ext_Udp_In"].map((name) => ({ name, ...event })),
    { name: "ext_load", type: "gauge", help: "Load.", unit: "" },
  ]);
});
