/** The files that the rules look at, read once. A rule is a pure function of them; a test can make them from text. */
import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { type Token, tokenize } from "./tokens.ts";

export interface SourceFile {
  /** Relative to the checkout, with slashes: `src/core/clock.ts`. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The tokens without the comments. */
  readonly code: readonly Token[];
  readonly imports: readonly Import[];
}

/** Something that breaks a rule. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export function sourceFile(path: string, text: string): SourceFile {
  const tokens = tokenize(text);
  const code = tokens.filter((token) => token.kind !== "comment");
  return { path, text, tokens, code, imports: importsOf(code) };
}

/** All TypeScript and set-up files of the checkout at `root`, sorted by path. */
export function readSourceTree(root: string): readonly SourceFile[] {
  return globSync(["{src,test,bench,soak}/**/*.{ts,tsx,mts}", "setup/*.{mjs,ts}"], { cwd: root })
    .filter((path) => !/(^|\/)(dist|fixtures|node_modules)\//.test(path))
    .toSorted()
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

/** Where a relative import leads, as a path of the checkout; `null` for packages and Node's own modules. */
export function targetOf(file: SourceFile, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  // The bundler's imports may end in a query: `./style.css?inline`.
  return posix.join(posix.dirname(file.path), specifier.replace(/\?.*$/, ""));
}

export function isTest(path: string): boolean {
  return path.startsWith("test/") || path.endsWith(".test.ts") || path.endsWith(".test.tsx");
}

/** Tests, and helpers that say by their name that they are for tests: `x.test-support.ts`. */
export function isForTests(path: string): boolean {
  return isTest(path) || path.endsWith(".test-support.ts");
}

/** `src/core/clock.ts` → `core`, `src/main.ts` → `main.ts`; `null` outside `src`. */
export function stageOf(path: string): string | null {
  const [top, stage] = path.split("/");
  return top === "src" ? (stage ?? null) : null;
}
