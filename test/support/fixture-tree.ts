/**
 * Fixture trees of `/proc` and `/sys` at two instants: a scratch copy that a test may damage, and that steps from the first instant
 * to the second under open descriptors, as a kernel does.
 */
import { copyFileSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** The scratch copy. */
export interface FixtureTree extends Disposable {
  readonly root: string;
  /** The host section of a configuration that reads this tree. */
  readonly host: { readonly proc_root: string; readonly sys_root: string };
  /** Writes the second instant's contents into the files that are there. */
  step(): void;
  /** Deletes a file or directory, given relative to the tree. */
  remove(path: string): void;
  /** Brings back the first instant's file or directory at a path. */
  restore(path: string): void;
}

/** Copies `<directory>/t0`; `step` needs `<directory>/t1`. Use with `using`, so that the copy goes with the test. */
export function copyFixtureTree(directory: string): FixtureTree {
  const root = mkdtempSync(join(tmpdir(), "chainpulse-tree-"));
  cpSync(join(directory, "t0"), root, { recursive: true, verbatimSymlinks: true });
  const second = join(directory, "t1");
  return {
    root,
    host: { proc_root: join(root, "proc"), sys_root: join(root, "sys") },
    step: () => {
      for (const file of listFiles(second))
        if (existsSync(join(root, file))) copyFileSync(join(second, file), join(root, file));
    },
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    restore: (path) => cpSync(join(directory, "t0", path), join(root, path), { recursive: true, verbatimSymlinks: true }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** All files below a directory, relative to it, sorted; links are not followed. */
export function listFiles(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
}
