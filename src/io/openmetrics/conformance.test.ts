/** The parser cases of the OpenMetrics project: the parser's verdict is theirs in every one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedFolder } from "../../../test/support/shared-files.ts";
import { parseOpenMetrics } from "./parse-openmetrics.ts";

/** From prometheus/OpenMetrics, tests/testdata/parsers. */
const { path: folder, skip } = sharedFolder("cases/openmetrics");

test("every case has the right verdict", { skip }, (t) => {
  // If this fails, a scrape that others take is refused, or a broken one stored.
  const cases = readdirSync(folder);
  assert.ok(cases.length > 100);
  const wrong = cases.flatMap((name) => {
    const { shouldParse, file } = JSON.parse(readFileSync(join(folder, name, "test.json"), "utf8"));
    const problem = problemOf(readFileSync(join(folder, name, file), "utf8"));
    return (problem === null) === shouldParse ? [] : [`${name}: ${problem ?? "was taken"}`];
  });
  t.diagnostic(`${cases.length - wrong.length} of ${cases.length} cases are right`);
  assert.deepEqual(wrong, []);
});

/** The parser's complaint; what is not one is a fault of the parser and goes on up. */
function problemOf(text: string): string | null {
  try {
    Array.from(parseOpenMetrics(text));
    return null;
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "EXPOSITION_INVALID", String(error));
    assert.match(error.message, /^line \d+, column \d+: /);
    return error.message;
  }
}
