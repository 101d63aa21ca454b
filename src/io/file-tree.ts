/** Whole files and what is in a folder, for what is read into memory once: certificates, the dashboard's files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Throws what the system says. */
export function readBytes(path: string): Buffer {
  return readFileSync(path);
}

/** Paths of all files below `root`; none when there is no such folder. */
export function listFiles(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
