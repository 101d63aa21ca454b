import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { importsOf } from "./imports.ts";
import { tokenize, type Token } from "./tokens.ts";

/** Source → its tokens as `kind:text`. */
const pieces: readonly (readonly [string, readonly string[]])[] = [
  ["// it's a comment", ["comment:// it's a comment"]],
  ["/* `${ */", ["comment:/* `${ */"]],
  [`'import "x"'`, [`string:import "x"`]],
  [`"a\\"b // c"`, [`string:a\\"b // c`]],
  ["`a`", ["template:a"]],
  ["`a${b}c`", ["template:a", "punctuation:${", "name:b", "punctuation:}", "template:c"]],
  [
    "`${{ a: `'` }}`",
    [
      "template:",
      "punctuation:${",
      "punctuation:{",
      "name:a",
      "punctuation::",
      "template:'",
      "punctuation:}",
      "punctuation:}",
      "template:",
    ],
  ],
  ["x = /[/'\"`]/g", ["name:x", "punctuation:=", "regex:/[/'\"`]/g"]],
  ["a / b / 2", ["name:a", "punctuation:/", "name:b", "punctuation:/", "number:2"]],
  ["return /a'/", ["name:return", "regex:/a'/"]],
  [
    "<p>don't</p>",
    [
      "punctuation:<",
      "name:p",
      "punctuation:>",
      "name:don",
      "punctuation:'",
      "name:t",
      "punctuation:<",
      "punctuation:/",
      "name:p",
      "punctuation:>",
    ],
  ],
  ["1e-3 + .5", ["number:1e-3", "punctuation:+", "number:.5"]],
];

// When this fails, the rules of the tree read comments as code or overlook code, and judge wrongly.
describe("tokenize", () => {
  test("tells comments, strings, templates and regular expressions from code, in any order", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (chosen) => {
        const text = chosen.map(([source]) => `${source}\n;\n`).join("");
        const expected = chosen.flatMap(([, tokens]) => [...tokens, "punctuation:;"]);
        assert.deepEqual(tokenize(text).map(describeToken), expected);
      }),
    );
  });

  test("ends on any text, loses no line and invents nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."'\"`$/\\*{}()<a1\n #".split("")), maxLength: 60 }), (text) => {
        let lastLine = 1;
        for (const token of tokenize(text)) {
          assert.ok(text.includes(token.text));
          assert.ok(token.line >= lastLine && token.line <= text.split("\n").length);
          lastLine = token.line;
        }
      }),
    );
  });
});

// When this fails, an import that breaks the import law is not seen.
describe("importsOf", () => {
  const cases: Readonly<Record<string, string>> = {
    'import "./a.ts";': "static ./a.ts",
    'import a, { b as c, type D } from "./a.ts";': "static ./a.ts b,D",
    'import * as a from "./a.ts";': "static ./a.ts",
    'import type { A } from "./a.ts";': "static type ./a.ts A",
    'import { type A, type B } from "./a.ts";': "static type ./a.ts A,B",
    'import type from "./a.ts";': "static ./a.ts",
    'export * from "./a.ts";': "static export ./a.ts",
    'export type { A } from "./a.ts";': "static type export ./a.ts A",
    'const a = await import("./a.ts");': "dynamic ./a.ts",
    'let a: import("./a.ts").A;': "dynamic ./a.ts",
    'new Worker(new URL("./a.ts", import.meta.url));': "url ./a.ts",
    'const x = `${await import("./a.ts")}`;': "dynamic ./a.ts",
    'export const from = "./a.ts";': "",
    'export function f() { return "./a.ts"; }': "",
    'new URL("./a.ts", base);': "",
    'registry.import("./a.ts");': "",
    '// import "./a.ts"': "",
  };
  for (const [source, expected] of Object.entries(cases)) {
    test(source, () => {
      const code = tokenize(source).filter((token) => token.kind !== "comment");
      const found = importsOf(code).map(({ form, typeOnly, reExport, specifier, names }) =>
        [form, typeOnly ? "type" : "", reExport ? "export" : "", specifier, names.join(",")]
          .filter((word) => word !== "")
          .join(" "),
      );
      assert.equal(found.join("; "), expected);
    });
  }
});

function describeToken(token: Token): string {
  return `${token.kind}:${token.text}`;
}
