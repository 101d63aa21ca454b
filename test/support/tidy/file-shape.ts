/** Rules about files as such: their length and their names. */
import type { SourceFile, Violation } from "./source-tree.ts";

export const longestFile = 400;

/**
 * Files of more than 400 lines. Declarations (`metrics.ts`) and tests may be longer; so may the files in `exempt` (path → reason),
 * and an exemption that is no longer needed is a violation itself.
 */
export function checkFileSize(files: readonly SourceFile[], exempt: Readonly<Record<string, string>>): readonly Violation[] {
  const long = new Map(
    files
      .filter(({ path }) => !/(^|\/)metrics\.ts$|\.test\.tsx?$/.test(path))
      .map(({ path, text }): readonly [string, number] => [path, text.trimEnd().split("\n").length])
      .filter(([, lines]) => lines > longestFile),
  );
  const tooLong = [...long]
    .filter(([path]) => !(path in exempt))
    .map(([path, lines]) => ({
      path,
      line: longestFile,
      message: `${lines} lines, ${longestFile} are allowed: split it by what it does`,
    }));
  const needless = Object.keys(exempt)
    .filter((path) => !long.has(path))
    .map((path) => ({ path, line: 1, message: "is exempt from the length limit without need: remove the exemption" }));
  return [...tooLong, ...needless];
}

// `_skeleton` is the domain, and the chain's client, to copy; its underscore keeps it first and apart.
const folderName = /^(_skeleton|[a-z0-9]+(-[a-z0-9]+)*)$/;
const fileName = /^(_skeleton|[a-z0-9]+(-[a-z0-9]+)*)(\.[a-z0-9]+(-[a-z0-9]+)*)+$/;

/** Folders and files are named in kebab-case. */
export function checkNames(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter(({ path }) => {
      const parts = path.split("/");
      const name = parts.pop() ?? "";
      return !fileName.test(name) || !parts.every((part) => folderName.test(part));
    })
    .map(({ path }) => ({ path, line: 1, message: "names are written in kebab-case" }));
}
