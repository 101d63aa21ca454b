/** Who may import whom. DESIGN: the tree is the data flow, and imports run one way. */
import { isTest, type SourceFile, stageOf, targetOf, type Violation } from "./source-tree.ts";

/** Folder of `src` → the folders that it may import beside itself. What is not here may not be. */
export const importLaw: Readonly<Record<string, readonly string[]>> = {
  core: [],
  instrument: ["core"],
  io: ["core"],
  web: ["core"],
  domains: ["core", "io"],
  lab: ["core", "io"],
  store: ["core", "io"],
  collect: ["core", "io", "store"],
  query: ["core", "store"],
  analyse: ["core", "io", "store", "query"],
  serve: ["core", "io", "store", "query", "collect", "analyse"],
  cli: ["core", "io", "domains", "lab", "store", "collect", "query", "analyse", "serve"],
  "main.ts": ["core", "io", "domains", "lab", "store", "collect", "query", "analyse", "serve", "cli"],
};

export function checkImportLaw(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    const stage = stageOf(file.path);
    if (stage === null) return [];
    const allowed = importLaw[stage];
    if (allowed === undefined) return [{ path: file.path, line: 1, message: `src/${stage} is not in the import law` }];
    return file.imports.flatMap(({ specifier, line }) => {
      const target = targetOf(file, specifier);
      // Data (`package.json`, a style sheet, the folder of the bundle) is not an import of code.
      const reason = target === null || !/\.[cm]?[jt]sx?$/.test(target) ? null : refusal(file.path, stage, allowed, target);
      return reason === null ? [] : [{ path: file.path, line, message: `may not import ${target}: ${reason}` }];
    });
  });
}

/** Why the import is not allowed; `null` when it is. */
function refusal(path: string, stage: string, allowed: readonly string[], target: string): string | null {
  const targetStage = stageOf(target);
  if (targetStage === null) {
    return isTest(path) && target.startsWith("test/") ? null : "the product imports nothing outside src";
  }
  if (targetStage === stage) return stage === "domains" ? domainRefusal(path, target) : null;
  return allowed.includes(targetStage) ? null : `${stage} may import ${allowed.join(", ") || "nothing of ours"}`;
}

/** A domain sees only itself; the lists of domains and of observers see each domain's own. */
function domainRefusal(path: string, target: string): string | null {
  if (path === "src/domains/index.ts")
    return /^src\/domains\/[^/]+\/index\.ts$/.test(target) ? null : "the list takes each domain's index.ts";
  if (path === "src/domains/observers.ts")
    return /^src\/domains\/[^/]+\/observer\.ts$/.test(target) ? null : "the list takes each domain's observer.ts";
  return path.split("/")[2] === target.split("/")[2] ? null : "a domain does not see another domain";
}
