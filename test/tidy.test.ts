/** The rules of the tree, and a proof for each that it catches what it is there for. CONTRIBUTING.md says what they are for. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { root } from "./support/checks.ts";
import { declaredMetricNames } from "./support/tidy/declared-names.ts";
import { entriesOf } from "./support/tidy/entries.ts";
import { checkBarrels, checkDefaultExports } from "./support/tidy/exports.ts";
import { checkFileSize, checkNames } from "./support/tidy/file-shape.ts";
import { checkEmptyCatches, checkMarkupSinks, checkShells } from "./support/tidy/forbidden.ts";
import { checkCycles, checkDeadFiles } from "./support/tidy/import-graph.ts";
import { checkImportLaw } from "./support/tidy/import-law.ts";
import { checkMetricNames } from "./support/tidy/metric-names.ts";
import { checkOutsideModules } from "./support/tidy/outside-modules.ts";
import { countTypeDebt } from "./support/tidy/ratchet.ts";
import { readSourceTree, type SourceFile, sourceFile, type Violation } from "./support/tidy/source-tree.ts";

/** Files that may pass 400 lines: path → why it is better in one piece. */
const longFiles: Readonly<Record<string, string>> = {};

/** The type debt of the product's code. Lower a number when the test says so; raising one needs a reason in the review. */
const typeDebt = { any: 0, suppressions: 0, casts: 41, nonNull: 0 };

// When this fails, the tree stops telling how data flows: the next reader finds code where it does not belong.
describe("the tree", () => {
  const files = readSourceTree(root);
  const rules: Readonly<Record<string, () => readonly Violation[] | Promise<readonly Violation[]>>> = {
    "imports run one way": () => checkImportLaw(files),
    "imports have no cycles": () => checkCycles(files),
    "every file is used": () => checkDeadFiles(files, entriesOf(root)),
    "there are no barrels": () => checkBarrels(files),
    "there are no default exports": () => checkDefaultExports(files),
    "files are short": () => checkFileSize(files, longFiles),
    "files and folders are named in kebab-case": () => checkNames(files),
    "metric names stand only in metrics.ts": async () => checkMetricNames(files, await declaredMetricNames(root)),
    "only some folders touch the outside": () => checkOutsideModules(files),
    "no markup is made from strings": () => checkMarkupSinks(files),
    "no command goes through a shell": () => checkShells(files),
    "no error is swallowed": () => checkEmptyCatches(files),
  };
  for (const [rule, check] of Object.entries(rules)) {
    test(rule, async () => {
      const violations = await check();
      assert.ok(violations.length === 0, violations.map(({ path, line, message }) => `${path}:${line} ${message}`).join("\n"));
    });
  }

  test("type debt only falls", () => {
    const counted = countTypeDebt(files);
    assert.deepEqual(counted, typeDebt, "more: remove it; less: lower the number in test/tidy.test.ts, so that it stays down");
  });
});

// When this fails, a rule above has gone blind: it would let through what it is there to catch.
describe("each rule catches its violation", () => {
  test("imports run one way", () => {
    const bad = {
      "src/core/a.ts": 'import { b } from "../io/b.ts";',
      "src/io/b.ts": 'import type { Q } from "../query/q.ts";',
      "src/query/q.ts": 'export { write } from "../store/write.ts"; import "../serve/s.ts";',
      "src/serve/s.ts": 'const host = await import("../domains/host/index.ts");',
      "src/collect/c.ts": 'new Worker(new URL("../analyse/worker.ts", import.meta.url));',
      "src/domains/host/index.ts":
        'import { gpu } from "../gpu/index.ts"; import { own } from "./own.ts"; import "../../core/a.ts";',
      "src/domains/index.ts": 'import { m } from "./host/metrics.ts"; import { host } from "./host/index.ts";',
      "src/web/app.tsx": 'import { x } from "../serve/s.ts";',
      "src/store/s.ts": 'import { fixture } from "../../test/fixture.ts";',
      "src/extra/e.ts": "export const e = 1;",
    };
    const good = {
      "src/main.ts": 'import { domains } from "./domains/index.ts"; import { run } from "./cli/run.ts";',
      "src/cli/run.ts":
        'import { domains } from "../domains/index.ts"; import manifest from "../../package.json" with { type: "json" };',
      "src/serve/ok.ts": 'const bundle = new URL("../web/dist/", import.meta.url); import { q } from "../query/q.ts";',
      "src/io/x.test.ts": 'import { tempFolder } from "../../test/support/temp-folder.ts";',
      "src/instrument/i.ts": '// import "../io/b.ts"\nconst text = "import \'../io/b.ts\'";',
    };
    assert.deepEqual(caught(checkImportLaw, { ...bad, ...good }), Object.keys(bad).sort());
  });

  test("imports have no cycles", () => {
    const bad = {
      "src/core/a.ts": 'import "./b.ts";',
      "src/core/b.ts": 'import "./c.ts";',
      "src/core/c.ts": 'export * from "./a.ts";',
    };
    const good = { "src/core/d.ts": 'import "./a.ts"; new Worker(new URL("./d.ts", import.meta.url));' };
    const [violation, ...more] = checkCycles(tree({ ...bad, ...good }));
    assert.equal(violation?.message, "import cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts");
    assert.deepEqual(more, []);
  });

  test("every file is used", () => {
    const bad = {
      "src/core/dead.ts": "",
      "src/core/tested-only.ts": "",
      "test/support/dead.ts": 'import "../../src/core/a.ts";',
    };
    const good = {
      "src/main.ts": 'import "./core/a.ts"; const lazy = () => import("./core/b.ts");',
      "src/core/a.ts": 'new Worker(new URL("./thread.ts", import.meta.url));',
      "src/core/b.ts": "",
      "src/core/thread.ts": "",
      "src/core/b.test.ts": 'import "./tested-only.ts"; import "../../test/support/alive.ts"; import "./b.test-support.ts";',
      "src/core/b.test-support.ts": "",
      "test/support/alive.ts": "",
      "bench/a.bench.ts": "",
    };
    const check = (files: readonly SourceFile[]): readonly Violation[] => checkDeadFiles(files, ["src/main.ts"]);
    assert.deepEqual(caught(check, { ...bad, ...good }), Object.keys(bad));
  });

  test("there are no barrels", () => {
    const bad = {
      "src/core/all.ts": '/** All. */\nexport * from "./a.ts";\nexport type { B } from "./b.ts";\n',
      "src/core/more.ts": 'import { a } from "./a.ts";\nexport { a };\n',
    };
    const good = {
      "src/core/own.ts": 'export { a } from "./a.ts";\nexport const b = 1;',
      "src/domains/index.ts": 'import { host } from "./host/index.ts";\nexport { host };',
      "src/main.ts": 'import "./core/a.ts";',
    };
    assert.deepEqual(caught(checkBarrels, { ...bad, ...good }), Object.keys(bad));
  });

  test("there are no default exports", () => {
    const bad = { "src/core/a.ts": "export default 1;", "src/core/b.ts": "const b = 1; export { b as default };" };
    const good = {
      "src/core/c.ts": "switch (x) { default: y = { default: 1 }; }",
      "src/web/vite.config.ts": "export default {};",
    };
    assert.deepEqual(caught(checkDefaultExports, { ...bad, ...good }), Object.keys(bad));
  });

  test("files are short", () => {
    const lines = (count: number): string => "x;\n".repeat(count);
    const bad = { "src/core/long.ts": lines(401), "src/core/short.ts": lines(3) };
    const good = {
      "src/core/most.ts": lines(400),
      "src/domains/host/metrics.ts": lines(900),
      "src/core/a.test.ts": lines(900),
      "src/core/table.ts": lines(500),
    };
    const check = (files: readonly SourceFile[]): readonly Violation[] =>
      checkFileSize(files, { "src/core/table.ts": "one table", "src/core/short.ts": "was long once" });
    assert.deepEqual(caught(check, { ...bad, ...good }), Object.keys(bad));
  });

  test("files and folders are named in kebab-case", () => {
    const bad = { "src/core/Clock.ts": "", "src/core/promql_text.ts": "", "src/webViews/a.ts": "" };
    const good = {
      "src/core/promql-text.ts": "",
      "src/domains/_skeleton/index.ts": "",
      "src/web/vite.config.ts": "",
      "src/io/x.test-support.ts": "",
    };
    assert.deepEqual(caught(checkNames, { ...bad, ...good }), Object.keys(bad));
  });

  test("metric names stand only in metrics.ts", () => {
    const bad = {
      "src/analyse/a.ts": 'const name = "system.cpu.time";',
      "src/analyse/b.ts": 'const expr = "rate(system_cpu_time_seconds_total{node=\\"a\\"}[1m])";',
      "src/web/c.tsx": "const expr = `sum(${fn}(system_cpu_time_seconds_total[1m]))`;",
    };
    const good = {
      "src/domains/host/metrics.ts": 'const name = "system.cpu.time";',
      "src/analyse/d.ts": '// system.cpu.time\nconst other = "my_system_cpu_time_seconds_total or system.cpu.times";',
      "src/analyse/a.test.ts": 'assert.equal(name, "system.cpu.time");',
      "src/analyse/e.ts": 'const word = "uptime";',
    };
    const names = ["system.cpu.time", "system_cpu_time_seconds_total", "uptime"];
    assert.deepEqual(
      caught((files) => checkMetricNames(files, names), { ...bad, ...good }),
      Object.keys(bad),
    );
  });

  test("only some folders touch the outside", () => {
    const bad = {
      "src/core/a.ts": 'import { readFileSync } from "node:fs";',
      "src/domains/host/b.ts": 'import * as fs from "node:fs/promises";',
      "src/query/c.ts": 'const { spawn } = await import("node:child_process");',
      "src/serve/d.ts": 'import { DatabaseSync } from "node:sqlite";',
    };
    const good = {
      "src/io/e.ts": 'import { readFileSync } from "node:fs"; import koffi from "koffi";',
      "src/serve/f.ts": 'import { createServer } from "node:http";',
      "src/collect/g.ts": 'import type { Server } from "node:http"; import { type Stats } from "node:fs";',
      "src/core/h.test.ts": 'import { readFileSync } from "node:fs";',
      "src/core/i.ts": 'import { join } from "node:path";',
    };
    assert.deepEqual(caught(checkOutsideModules, { ...bad, ...good }), Object.keys(bad));
  });

  test("no markup is made from strings", () => {
    const bad = {
      "src/web/a.tsx": "element.innerHTML = text;",
      "src/web/b.tsx": "<p dangerouslySetInnerHTML={{ __html: text }} />",
    };
    const good = { "src/web/c.tsx": "// never innerHTML\nelement.textContent = text;" };
    assert.deepEqual(caught(checkMarkupSinks, { ...bad, ...good }), Object.keys(bad));
  });

  test("no command goes through a shell", () => {
    const bad = {
      "src/io/a.ts": 'spawn("ls", [], { shell: true });',
      "src/io/b.ts": 'import { exec } from "node:child_process";',
      "setup/c.mjs": 'spawn("ls", { shell: "/bin/bash" });',
    };
    const good = { "src/io/d.ts": 'import { execFile, spawn } from "node:child_process"; spawn("ls", [], { shell: false });' };
    assert.deepEqual(caught(checkShells, { ...bad, ...good }), Object.keys(bad).sort());
  });

  test("no error is swallowed", () => {
    const bad = {
      "src/io/a.ts": "try { f(); } catch {}",
      "src/io/b.ts": "try { f(); } catch (error) { }",
      "src/io/c.ts": "await f().catch(() => {});",
    };
    const good = {
      "src/io/d.ts": "try { f(); } catch { /* The file has gone meanwhile: that is what was wanted. */ }",
      "src/io/e.ts": "try { f(); } catch (error) { throw new Error('f', { cause: error }); }",
      "src/io/f.ts": "await f().catch((error) => { log(error); });",
    };
    assert.deepEqual(caught(checkEmptyCatches, { ...bad, ...good }), Object.keys(bad));
  });

  test("type debt only falls", () => {
    const text = [
      "const a: any = f() as Map<string, any>; // @ts-expect-error",
      "const b = list[0]!.name as unknown as string; const c = [1] as const;",
      'import { x as y } from "./x.ts"; if (a !== b && !c) g({ any: 1, as: 2 });',
      "/* oxlint-disable-next-line no-console */ const d = e! as F;",
    ].join("\n");
    assert.deepEqual(countTypeDebt(tree({ "src/core/a.ts": text, "src/core/a.test.ts": text })), {
      any: 2,
      suppressions: 2,
      casts: 4,
      nonNull: 2,
    });
  });
});

function tree(contents: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(contents).map(([path, text]) => sourceFile(path, text));
}

/** The paths that a rule complains about, each once, in the order of the tree. */
function caught(
  rule: (files: readonly SourceFile[]) => readonly Violation[],
  contents: Readonly<Record<string, string>>,
): readonly string[] {
  return [...new Set(rule(tree(contents)).map(({ path }) => path))].sort();
}
