/** One control group in one tree: its files, opened once, and their series. */
import type { CollectContext, SeriesHandle } from "../../../core/collector.ts";
import { type ProcFile, listDirectory, openProcFile } from "../../../io/proc-file.ts";
import { type CgroupFile, filesV1, filesV2 } from "./files.ts";
import type { CgroupTree } from "./hierarchy.ts";

/** Reads a group's files while it exists. Series are made with their first value: most groups have no limit. */
export class Group {
  readonly files: readonly CgroupFile[];
  readonly #directory: string;
  readonly #context: CollectContext;
  /** Below its tree's root; the same in all trees. */
  readonly path: string;
  readonly #open: readonly { readonly file: ProcFile; readonly kind: CgroupFile; readonly handles: (SeriesHandle | null)[] }[];

  constructor(context: CollectContext, directory: string, tree: CgroupTree, path: string) {
    const entries = listDirectory(directory);
    const names = new Set("reason" in entries ? [] : entries);
    this.files = (tree.version === 2 ? filesV2 : filesV1).filter((file) => names.has(file.name) && belongs(file.name, tree));
    this.#directory = directory;
    this.#context = context;
    this.path = path;
    this.#open = this.files.map((kind) => ({
      file: openProcFile(`${directory}/${kind.name}`),
      kind,
      handles: kind.fields.map(() => null),
    }));
  }

  collect(): void {
    for (const { file, kind, handles } of this.#open) {
      const text = file.read();
      // The group ended since the last search: its series end with it.
      if (typeof text !== "string") continue;
      for (const [index, field] of kind.fields.entries()) {
        const value = field.value(text, this.#directory);
        if (Number.isNaN(value)) continue;
        const handle = handles[index] ?? field.open(this.#context, this.path);
        handles[index] = handle;
        handle.set(value);
      }
    }
  }

  release(): void {
    for (const { handles } of this.#open) for (const handle of handles) handle?.release();
    this.close();
  }

  close(): void {
    for (const { file } of this.#open) file.close();
  }
}

function belongs(name: string, tree: CgroupTree): boolean {
  if (tree.controllers === null || name.endsWith(".pressure")) return true;
  return tree.controllers.includes(name.slice(0, name.indexOf(".")));
}
