/** A metric's name is written down once, in a `metrics.ts` file; everything else uses the declaration object. */
import { isForTests, type SourceFile, type Violation } from "./source-tree.ts";

/**
 * String literals in the product's code that are or contain one of `names` (dotted or Prometheus spelling). Names of a single word
 * are not looked for: they would be found in prose.
 */
export function checkMetricNames(files: readonly SourceFile[], names: readonly string[]): readonly Violation[] {
  const wanted = new Set(names.filter((name) => /[._]/.test(name)));
  return files
    .filter(({ path }) => path.startsWith("src/") && !isForTests(path) && !/(^|\/)metrics\.ts$/.test(path))
    .flatMap(({ path, code, imports }) => {
      const specifiers = new Set(imports.map(({ specifier }) => specifier));
      return code
        .filter((token) => (token.kind === "string" || token.kind === "template") && !specifiers.has(token.text))
        .flatMap(({ text, line }) =>
          wordsOf(text)
            .filter((word) => wanted.has(word))
            .map((word) => ({ path, line, message: `the metric name ${word}: use its declaration` })),
        );
    });
}

/** `rate(a_b_total{c="d"}[1m])` → `rate`, `a_b_total`, `c`, `d`, `1m`: whole names, so that a longer name is not a shorter one. */
function wordsOf(text: string): readonly string[] {
  return (text.match(/[a-zA-Z0-9_.:]+/g) ?? []).map((word) => word.replace(/[.:]+$/, ""));
}
