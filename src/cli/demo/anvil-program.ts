/** Where anvil is: in the dependencies of a checkout, or installed by the user. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { findProgram, isProgram } from "../../io/find-program.ts";

/** The version whose behaviour the project's tests know. */
export const anvilInstall = "npm install --global @foundry-rs/anvil@1.7.1";

/** Names of the packages that hold the program. Source: `optionalDependencies` of @foundry-rs/anvil 1.7.1. */
const machines: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Path of anvil; `null` where it is not installed. `from`: whose dependencies are looked into first. */
export function findAnvil(from: string, path: string | undefined): string | null {
  const inPath = findProgram("anvil", path);
  // npm's command is a script that starts the program and stays: the program itself is ours to pause and to end.
  return programBeside(from) ?? (inPath?.endsWith(".mjs") === true ? programBeside(inPath) : inPath);
}

function programBeside(file: string): string | null {
  const name = `@foundry-rs/anvil-${process.platform}-${machines[process.arch] ?? process.arch}/package.json`;
  for (const directory of createRequire(file).resolve.paths(name) ?? []) {
    const program = join(directory, dirname(name), "bin", "anvil");
    if (isProgram(program)) return program;
  }
  return null;
}
