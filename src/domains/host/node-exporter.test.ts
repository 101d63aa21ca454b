/** node_exporter's names: every family that it shows by default is one of ours under another name, with the same labels. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Metric, MetricAlias } from "../../core/metric.ts";
import { host } from "./index.ts";

const families = readFileSync(join(import.meta.dirname, "fixtures", "node-exporter-families.txt"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [name = "", labels = ""] = line.slice(0, -1).split("{");
    return { name, labels: labels === "" ? [] : labels.split(",") };
  });

const aliases = Object.values(host.metrics).flatMap((metric) => metric.aliases.map((alias) => ({ metric, alias })));

/** A disk's place in the hardware tree is in udev's database, which we do not read: the device's name identifies it. */
const notOffered: ReadonlySet<string> = new Set(["node_disk_info{path}"]);

test("every family of node_exporter has an alias with its labels", () => {
  // If this fails, a dashboard or rule made for node_exporter stays empty.
  assert.ok(families.length > 200);
  const missing = families.flatMap(({ name, labels }) => {
    const found = aliases.filter(({ metric, alias }) => aliasPattern(metric, alias).test(name));
    if (found.length === 0) return [name];
    const offered = new Set(found.flatMap(({ alias }) => Object.values(alias.labels ?? {})));
    const lacking = labels.filter((label) => !offered.has(label)).map((label) => `${name}{${label}}`);
    return lacking.filter((label) => !notOffered.has(label));
  });
  assert.deepEqual(missing, []);
});

test("an alias names only labels and values that its metric has", () => {
  // If this fails, a selector by the other name finds nothing, and nobody is told.
  for (const { metric, alias } of aliases) {
    const inName = Array.from(alias.name.matchAll(/\{([^}]+)\}/g), (match) => match[1] ?? "");
    for (const label of [...inName, ...Object.keys(alias.labels ?? {}), ...Object.keys(alias.values ?? {})]) {
      assert.ok(label in metric.labels, `${alias.name}: ${metric.name} has no label ${label}`);
    }
    for (const [label, value] of Object.entries(alias.where ?? {})) {
      const allowed = metric.labels[label];
      assert.ok(allowed !== undefined, `${alias.name}: ${metric.name} has no label ${label}`);
      assert.ok(allowed === null || allowed.includes(value), `${alias.name}: ${label} is never "${value}"`);
    }
  }
});

test("units differ by powers of two only", () => {
  // If this fails, a rate from a tier differs from the one from samples: only such a factor changes no digit.
  for (const { alias } of aliases) assert.ok(Number.isInteger(Math.log2(alias.scale ?? 1)), alias.name);
});

/** `node_memory_{field}_bytes` → what it can stand for: one of the label's values, or anything where the label is open. */
function aliasPattern(metric: Metric, alias: MetricAlias): RegExp {
  const pattern = alias.name.replaceAll(
    /\{([^}]+)\}/g,
    (_, label: string) => `(?:${(metric.labels[label] ?? [".+"]).join("|")})`,
  );
  return new RegExp(`^${pattern}$`);
}
