/** Only some folders touch the outside. Types of these modules may be imported anywhere. */
import { isForTests, type SourceFile, stageOf, type Violation } from "./source-tree.ts";

const files = ["io", "store", "cli"];
const network = ["io", "serve"];

/** Module → the folders of `src` that may use it. */
const outsideModules: Readonly<Record<string, readonly string[]>> = {
  "node:fs": files,
  "node:fs/promises": files,
  "node:child_process": ["io", "cli"],
  "node:net": network,
  "node:tls": network,
  "node:dns": ["io"],
  "node:dns/promises": ["io"],
  "node:dgram": ["io"],
  "node:http": network,
  "node:https": network,
  "node:http2": network,
  "node:sqlite": ["store"],
  koffi: ["io"],
  systeminformation: ["io"],
};

export function checkOutsideModules(sources: readonly SourceFile[]): readonly Violation[] {
  return sources
    .filter(({ path }) => stageOf(path) !== null && !isForTests(path) && !path.endsWith(".config.ts"))
    .flatMap(({ path, imports }) =>
      imports
        .filter(
          ({ specifier, typeOnly }) =>
            !typeOnly && !(outsideModules[specifier] ?? [stageOf(path)]).includes(stageOf(path) ?? ""),
        )
        .map(({ specifier, line }) => ({
          path,
          line,
          message: `${specifier} is for ${outsideModules[specifier]?.join(", ")}: go through a function of io`,
        })),
    );
}
