import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { configSchema } from "../core/config.ts";
import { commands } from "./cli.ts";
import { cliPage } from "./cli-reference.ts";
import { configurationPage } from "./config-reference.ts";

// If these fail, users read about flags and settings that are not there.

test("the committed pages are what the declarations say", () => {
  const pages = { "configuration.md": configurationPage(), "cli.md": cliPage(commands) };
  for (const [name, text] of Object.entries(pages)) {
    const committed = readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
    assert.equal(committed, text, `docs/${name} is not up to date: npm run docs`);
  }
});

test("every setting has a description and an expectation of its own", () => {
  const rows = configurationPage()
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  assert.ok(rows.length > Object.keys(configSchema.shape).length);
  for (const row of rows) {
    const [, setting, value, , meaning] = row.split(/(?<!\\)\|/).map((text) => text.trim());
    assert.ok(value && meaning, `${setting} has no description in src/core/config.ts`);
  }
});
