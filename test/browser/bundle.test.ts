/** The dashboard's files as they are built: small, and without an address of anybody else's. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const dist = new URL("../../src/web/dist/", import.meta.url);

/** Budgets of the issue, KB of gzip: a phone on a slow line still has the page in a second. */
const budgetsKb = { ".js": 120, ".css": 20 } as const;

test("what the page loads first keeps its budget", () => {
  // Wrong: the dashboard takes longer to load than the node took to start.
  const page = readFileSync(new URL("index.html", dist), "utf8");
  for (const [extension, budgetKb] of Object.entries(budgetsKb)) {
    const names = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)]
      .map((match) => match[1] ?? "")
      .filter((name) => name.endsWith(extension));
    assert.ok(names.length > 0, `index.html names no ${extension}`);
    const sizeKb = names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, dist))).length, 0) / 1000;
    assert.ok(sizeKb <= budgetKb, `${extension}: ${sizeKb.toFixed(1)} KB of gzip are more than ${budgetKb}`);
  }
});

test("the page loads one script and one style sheet", () => {
  // Wrong: a node that has just started answers a dozen requests before its first chart, 0.1 s later.
  const page = readFileSync(new URL("index.html", dist), "utf8");
  assert.equal(page.match(/\.js"/g)?.length, 1);
  assert.equal(page.match(/\.css"/g)?.length, 1);
});

test("nothing is loaded from elsewhere, and nothing is inline", () => {
  // Wrong: the page phones home, or the content security policy stops it.
  const page = readFileSync(new URL("index.html", dist), "utf8");
  assert.doesNotMatch(page, /https?:|\/\/[a-z]|<style|style=|<script(?![^>]*src=)/);
  for (const name of readdirSync(new URL("assets/", dist))) {
    const text = readFileSync(new URL(`assets/${name}`, dist), "utf8");
    // Names of XML namespaces are not fetched.
    const addresses = (text.match(/https?:\/\/[a-z0-9.]+/g) ?? []).filter((address) => !address.includes("www.w3.org"));
    assert.deepEqual(addresses, [], name);
  }
});
