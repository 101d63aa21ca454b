/** Every file of a data directory that holds data, whoever writes it: for copies, checks and sizes. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type TelemetryKind, telemetryDir, telemetryKinds } from "../beside/telemetry-files.ts";
import { listFiles, receivedDir, samplesDir, tierDir } from "../partition/partition-files.ts";
import { tiers } from "../tier/tiers.ts";

type TimedKind = "samples" | "received" | "tier" | TelemetryKind;

export interface StoreFile {
  readonly kind: TimedKind | "catalogue" | "state";
  /** From the data directory on. */
  readonly name: string;
  readonly path: string;
  /** Of files that are named after a time: it begins then. */
  readonly startMs: number | null;
  /** Of samples, tiers and telemetry: a later file exists, and nothing is written to this one any more once its log has gone. */
  readonly isOld: boolean;
}

/**
 * In the order in which a copy of a store in use is consistent: tiers before the samples they are built from, samples before the
 * catalogue that names them. Old files first. Spans and log records name nothing in other files, and come before all of these: they may
 * be as large as the rest, and the catalogue is to be read soon after the samples. The lock, the outbox, and what was set aside as damaged
 * are not among them.
 */
export function listStoreFiles(dataDir: string): readonly StoreFile[] {
  const timed = (kind: TimedKind, directory: string, prefix: string): StoreFile[] =>
    listFiles(directory).map(({ path, startMs }, index, all) => ({
      kind,
      name: join(prefix, path.slice(directory.length + 1)),
      path,
      startMs,
      isOld: index < all.length - 1,
    }));
  const telemetry = telemetryKinds.flatMap((kind) => timed(kind, telemetryDir(dataDir, kind), kind));
  const tierFiles = tiers.flatMap(({ name }) => timed("tier", tierDir(dataDir, name), join("tiers", name)));
  // An old one may be opened again at any time.
  const received = timed("received", receivedDir(dataDir), "received").map((file) => ({ ...file, isOld: false }));
  return [...telemetry, ...tierFiles, ...received, ...timed("samples", samplesDir(dataDir), "samples"), ...untimed(dataDir)];
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
