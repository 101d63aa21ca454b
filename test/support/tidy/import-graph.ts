/** Rules over the whole import graph: no cycles, no dead files. */
import { isForTests, type SourceFile, targetOf, type Violation } from "./source-tree.ts";

/** One violation for each cycle, at the first of its files by path. Types count: two files that need each other are one. */
export function checkCycles(files: readonly SourceFile[]): readonly Violation[] {
  const graph = graphOf(files, (form) => form !== "url");
  const finished = new Set<string>();
  const violations = new Map<string, Violation>();

  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const cycle = trail.slice(start);
      const first = cycle.toSorted()[0] ?? path;
      const key = cycle.toSorted().join();
      violations.set(key, { path: first, line: 1, message: `import cycle: ${[...cycle, path].join(" → ")}` });
      return;
    }
    if (finished.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const file of files) visit(file.path, []);
  return [...violations.values()];
}

/**
 * Files that nothing leads to. `entries` are the product's; benchmarks, the set-up and configuration files are started by hand or by
 * tools. Code that only tests reach is dead too, except the helpers of tests themselves.
 */
export function checkDeadFiles(files: readonly SourceFile[], entries: readonly string[]): readonly Violation[] {
  const graph = graphOf(files, () => true);
  const paths = files.map((file) => file.path).filter((path) => !path.endsWith(".d.ts"));
  const product = reach(graph, [...entries, ...paths.filter((path) => /^(bench|soak|setup)\/|\.config\.ts$/.test(path))]);
  const tests = reach(
    graph,
    paths.filter((path) => /\.test\.tsx?$/.test(path)),
  );
  return paths
    .filter((path) => !product.has(path) && !(tests.has(path) && isForTests(path)))
    .map((path) => ({ path, line: 1, message: tests.has(path) ? "only tests use this file" : "nothing imports this file" }));
}

function graphOf(
  files: readonly SourceFile[],
  counts: (form: "static" | "dynamic" | "url") => boolean,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    files.map((file) => {
      const imports = file.imports.filter(({ form }) => counts(form));
      return [file.path, imports.map(({ specifier }) => targetOf(file, specifier)).filter((target) => target !== null)];
    }),
  );
}

function reach(graph: ReadonlyMap<string, readonly string[]>, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...starts];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const target of graph.get(path) ?? []) waiting.push(target);
  }
  return reached;
}
