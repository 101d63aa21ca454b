/** Rules about what a file exports: no barrels, no default exports. */
import type { SourceFile, Violation } from "./source-tree.ts";

/** The one list of domains is the only file that may do nothing but collect. */
const collecting = new Set(["src/domains/index.ts"]);

/** A barrel has nothing of its own: imports, `export … from`, `export { … }`. */
export function checkBarrels(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter((file) => !collecting.has(file.path) && isBarrel(file))
    .map(({ path }) => ({ path, line: 1, message: "a barrel: import from the file that has the thing" }));
}

function isBarrel(file: SourceFile): boolean {
  const statements = file.imports.filter(({ form }) => form === "static");
  const own = file.code.filter((_, index) => !statements.some(({ from, to }) => from <= index && index <= to));
  const rest = own.map((token) => token.text).join(" ");
  const exportsNames = /\bexport (type )?\{[^}]*\}/g;
  const exportsSomething = statements.some((statement) => statement.reExport) || exportsNames.test(rest);
  return exportsSomething && rest.replaceAll(exportsNames, "").replaceAll(";", "").trim() === "";
}

/** Tools that read a configuration file want its default export; nothing else does. */
export function checkDefaultExports(files: readonly SourceFile[]): readonly Violation[] {
  return files
    .filter((file) => !file.path.endsWith(".config.ts"))
    .flatMap(({ path, code }) =>
      code
        .filter((token, index) => token.text === "default" && isExport(code[index - 1]?.text, code[index + 1]?.text))
        .map(({ line }) => ({ path, line, message: "a default export: give it a name" })),
    );
}

/** `export default …` and `export { x as default }`; `default:` of a switch and `default` as a key are not meant. */
function isExport(before: string | undefined, after: string | undefined): boolean {
  return before === "export" || (before === "as" && (after === "}" || after === ","));
}
