/** Files that programs keep below their user's home directory, whoever that user is. */
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

export interface HomeFile {
  /** The first of them that may be read. */
  readonly readable: string | null;
  /** The first that is there, or may be there, and may not be read. */
  readonly denied: string | null;
}

/** Where people's homes are, and the administrator's; `systemd.exec(5)` and Debian's policy put services' below /var/lib. */
const homesOf = (root: string): readonly string[] => [
  join(root, "root"),
  ...namesIn(join(root, "home")).map((name) => join(root, "home", name)),
];

/** Looks for `paths` (relative to a home directory, or absolute) in this user's home, then in all others. `root`: `/`, or a directory for tests. */
export function findHomeFile(paths: readonly string[], root = "/", own: string = homedir()): HomeFile {
  let denied: string | null = null;
  const candidates = [own, ...homesOf(root)].flatMap((home) =>
    paths.map((path) => (isAbsolute(path) ? join(root, path) : join(home, path))),
  );
  for (const path of new Set(candidates)) {
    const code = accessCode(path);
    if (code === null) return { readable: path, denied };
    if (code === "EACCES" || code === "EPERM") denied ??= path;
  }
  return { readable: null, denied };
}

/** Why it may not be read, as the system's code; `null`: it may. */
function accessCode(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
    throw error;
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted().slice(0, homesMax);
  } catch (error) {
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}

/** A machine with more users is no chain node. */
const homesMax = 64;
