/** Every file of a data directory that holds data, whoever writes it: for copies, checks and sizes. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { listFiles, receivedDir, samplesDir, tierDir } from "../partition/partition-files.ts";
import { tiers } from "../tier/tiers.ts";

export interface StoreFile {
  readonly kind: "samples" | "received" | "tier" | "catalogue" | "state";
  /** From the data directory on. */
  readonly name: string;
  readonly path: string;
  /** Of samples, received samples and tiers: it begins at this time. */
  readonly startMs: number | null;
  /** Of samples and tiers: a later file exists, and nothing is written to this one any more once its log has gone. */
  readonly isOld: boolean;
}

/**
 * In the order in which a copy of a store in use is consistent: tiers before the samples they are built from, samples before the
 * catalogue that names them. Old files first. The lock, and what was set aside as damaged, are not among them.
 */
export function listStoreFiles(dataDir: string): readonly StoreFile[] {
  const timed = (kind: "samples" | "received" | "tier", directory: string, prefix: string): StoreFile[] =>
    listFiles(directory).map(({ path, startMs }, index, all) => ({
      kind,
      name: join(prefix, path.slice(directory.length + 1)),
      path,
      startMs,
      isOld: index < all.length - 1,
    }));
  const tierFiles = tiers.flatMap(({ name }) => timed("tier", tierDir(dataDir, name), join("tiers", name)));
  // An old one may be opened again at any time.
  const received = timed("received", receivedDir(dataDir), "received").map((file) => ({ ...file, isOld: false }));
  return [...tierFiles, ...received, ...timed("samples", samplesDir(dataDir), "samples"), ...untimed(dataDir)];
}

/** The databases in the directory itself; those of the catalogue last. An import that was interrupted may have left its staging file. */
function untimed(dataDir: string): StoreFile[] {
  const names = readdirSync(dataDir).filter((name) => name.endsWith(".db") && !/^lock\.|\.tmp\./.test(name));
  const isCatalogue = (name: string): boolean => name.startsWith("catalog");
  return [...names.filter((name) => !isCatalogue(name)), ...names.filter(isCatalogue)].map((name) => ({
    kind: isCatalogue(name) ? "catalogue" : "state",
    name,
    path: join(dataDir, name),
    startMs: null,
    isOld: false,
  }));
}
