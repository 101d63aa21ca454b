/** The generated reference is what the declarations say. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { deployFiles } from "../setup/deploy-files.ts";
import { generatedDocs } from "../src/cli/docs.ts";
import { version } from "../src/core/version.ts";
import { domains } from "../src/domains/index.ts";
import { root } from "./support/checks.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

describe("generated files", () => {
  // If this fails, users read about metrics, fields and routes that are not there.
  for (const [path, text] of [...generatedDocs(domains), ...deployFiles(domains)]) {
    it(`${path} is up to date (npm run docs)`, () => assert.equal(read(path), text));
  }
});

describe("links between pages", () => {
  // If this fails, a reader who wants to know more finds nothing.
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...globSync("docs/*.md", { cwd: root })];
  for (const page of pages) {
    it(`of ${page} lead to files that are there`, () => {
      const links = [...read(page).matchAll(/\]\(([^)#\s]+)/g)].map(([, link = ""]) => link);
      const ours = links.filter((link) => !URL.canParse(link));
      assert.deepEqual(
        ours.filter((link) => !existsSync(join(root, dirname(page), link))),
        [],
      );
    });
  }
});

describe("the published package", () => {
  const manifest: { files: readonly string[]; dependencies: object; devDependencies: object } = JSON.parse(
    read("package.json"),
  );

  // If this fails, the README that npm shows leads nowhere.
  it("has what its README links to", () => {
    // npm adds the licence itself.
    const packed = new Set([
      "LICENSE",
      ...manifest.files.flatMap((pattern) => globSync(pattern.replace(/\/$/, ""), { cwd: root })),
    ]);
    // But for its pictures, which would be a quarter of the package.
    const links = [...read("README.md").matchAll(/(?<!!\[[^\]]*)\]\(([^)#\s]+)/g)].map(([, link = ""]) => link);
    const isPacked = (path: string): boolean => path !== "." && (packed.has(path) || isPacked(dirname(path)));
    assert.deepEqual(
      links.filter((link) => !URL.canParse(link) && !isPacked(link)),
      [],
    );
  });

  // If this fails, there is a dependency of which nobody has said what it is for.
  it("says of each dependency what it is for", () => {
    const [, table = ""] = read("README.md").split("## Dependencies");
    const isNamed = (name: string): boolean =>
      table.includes(`\`${name}\``) || table.includes(`\`${name.replace(/\/.*/, "/*")}\``);
    const all = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    assert.deepEqual(
      all.filter((name) => !isNamed(name)),
      [],
    );
  });
});

describe("declarations", () => {
  // If this fails, two metrics write into one series, or /metrics has a family twice.
  it("have distinct names, dotted and in Prometheus", () => {
    const metrics = domains.flatMap((domain) => Object.values(domain.metrics));
    for (const name of ["name", "prometheusName"] as const) {
      const names = metrics.map((metric) => metric[name]);
      assert.deepEqual(
        names.filter((candidate, index) => names.indexOf(candidate) !== index),
        [],
      );
    }
  });

  // If this fails, a panel, check or collector shows an absence under a name that nobody declares.
  it("are the only metrics that collectors, panels and checks name", () => {
    const names = new Set(domains.flatMap((domain) => Object.values(domain.metrics).map((metric) => metric.name)));
    const named = domains.flatMap((domain) => [
      ...[...domain.collectors, ...(domain.observers ?? [])].flatMap(({ metrics }) => metrics.map((metric) => metric.name)),
      ...domain.panels.flatMap((section) => section.panels.flatMap((panel) => panel.metrics)),
      ...domain.checks.flatMap((check) => check.metrics),
    ]);
    assert.deepEqual(
      named.filter((name) => !names.has(name)),
      [],
    );
  });

  // If this fails, a metric is declared that nothing ever writes.
  it("are each fed by a collector or an observer", () => {
    const feeders = domains.flatMap(({ collectors, observers = [] }) => [...collectors, ...observers]);
    const fed = new Set(feeders.flatMap(({ metrics }) => metrics));
    const declared = domains.flatMap((domain) => Object.values(domain.metrics));
    assert.deepEqual(
      declared.filter((metric) => !fed.has(metric)).map((metric) => metric.name),
      [],
    );
  });

  // If this fails, a page links to a panel or a check that another one hides.
  it("have distinct panel and check ids, and overviews name panels that exist", () => {
    const sections = domains.flatMap((domain) => domain.panels);
    const panels = sections.flatMap((section) => section.panels.map((panel) => panel.id));
    const checks = domains.flatMap((domain) => domain.checks.map((check) => check.id));
    for (const ids of [panels, checks]) assert.equal(new Set(ids).size, ids.length);
    for (const section of sections) {
      for (const id of section.overview ?? [])
        assert.ok(
          section.panels.some((panel) => panel.id === id),
          id,
        );
    }
  });
});

describe("version", () => {
  // If this fails, the program reports another version than the package it came in.
  it("is the package's", () => {
    const manifest: unknown = JSON.parse(read("package.json"));
    assert.ok(typeof manifest === "object" && manifest !== null && "version" in manifest);
    assert.equal(manifest.version, version);
  });
});
