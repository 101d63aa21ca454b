import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cli } from "./run-cli.test-support.ts";

test("a right text is counted, a wrong one is told with its place, by the rules that were asked for", async () => {
  // If this fails, a pipeline lets a broken exporter through, or stops a right one.
  using folder = mkdtempDisposableSync(join(tmpdir(), "chainpulse-"));
  const path = join(folder.path, "metrics.txt");
  writeFileSync(path, "# TYPE a counter\na_total 1\n\n# EOF\n");
  const lenient = await cli(["check-metrics", path]);
  assert.deepEqual([lenient.code, lenient.stdout], [0, "2 families, 1 samples, no problem found.\n"]);
  const strict = await cli(["check-metrics", "--format", "openmetrics", path]);
  assert.deepEqual([strict.code, strict.stdout], [3, ""]);
  assert.equal(strict.stderr, `${path}: line 3, column 1: expected a metric name, not the end of the line\n`);
  const json = await cli(["check-metrics", "--json", "--format", "openmetrics", path]);
  assert.deepEqual(JSON.parse(json.stdout), {
    ok: false,
    problem: "line 3, column 1: expected a metric name, not the end of the line",
  });
  const missing = await cli(["check-metrics", join(folder.path, "none")]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^cannot read .*none: ENOENT/);
});
