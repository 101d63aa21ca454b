/** Prometheus's own checker reads `/metrics`, and a real Prometheus takes it in. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { type RunningServer, startChainPulse } from "../browser/support/server.ts";

/** OpenTelemetry's names end in `count` where Prometheus's linter wants that kept for histograms; the names are the standard's. */
const accepted = /non-histogram and non-summary metrics should not have "_count" suffix$/;

let server: RunningServer;
before(async () => {
  server = await startChainPulse();
});
after(() => server.stop());

describe("promtool check metrics", () => {
  // If this fails, a Prometheus that scrapes this node drops the scrape, or its users are told off by their own tools.
  it("finds nothing wrong in the exposition", async () => {
    const exposition = await (await fetch(`${server.origin}/metrics`)).text();
    const promtool = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
    promtool.stdin.end(exposition);
    const [output, errors] = await Promise.all([text(promtool.stdout), text(promtool.stderr)]);
    const complaints = `${output}${errors}`.split("\n").filter((line) => line !== "" && !accepted.test(line));
    assert.deepEqual(complaints, []);
  });
});
