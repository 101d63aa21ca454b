/**
 * `store restore`: a backup becomes the data directory. It is copied beside the place where it goes, inside the directory, and
 * checked there; then each part is moved into place under the store's lock. Renames only, so that an interruption leaves the old
 * state or the new one, or parts of it that the next run sets aside.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ChainPulseError } from "../../core/errors.ts";
import { copyStore, type CopyProgress } from "./backup.ts";
import { dropEmptyLogs } from "./copy-database.ts";
import { storeError } from "../database.ts";
import { acquireLock } from "../lock.ts";
import { syncDirectory } from "../partition/partition-files.ts";
import { listStoreFiles } from "./store-files.ts";
import { type VerifyReport, verifyStore } from "./verify.ts";

export interface RestoreReport {
  readonly dataDir: string;
  readonly files: number;
  /** Where what was there before is now; `null` where nothing was. */
  readonly setAside: string | null;
  /** Of what was restored, in full. */
  readonly verified: VerifyReport;
}

const draftName = "restore.partial";
/**
 * What the store keeps in its directory, beside the lock: databases with what belongs to them, the directories of files that are named
 * after times, and the outbox. No backup has an outbox, and one that stayed would be wrong: what waits in it names its series by number, and in the restored
 * catalogue other series have those numbers.
 */
const ownEntry = /^(samples|received|tiers|traces|logs|outbox|(?!lock\.).*\.db\b.*)$/;

/**
 * Throws `STORE_LOCKED` while a process uses the data directory, `TARGET_NOT_EMPTY` where it holds something and `force` is not
 * given, `STORE_UNUSABLE`. With `force` the old content is moved to a directory `before-restore-…` inside.
 */
export async function restoreStore(
  backup: string,
  dataDir: string,
  options: { readonly force: boolean; readonly nowMs: number; readonly progress: CopyProgress },
): Promise<RestoreReport> {
  if (!existsSync(backup) || !listStoreFiles(backup).some(({ kind }) => kind === "catalogue")) {
    throw new ChainPulseError("NOT_FOUND", `${backup} is no backup: there is no catalogue of series in it`);
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = acquireLock(dataDir);
  try {
    return await restoreLocked(backup, dataDir, options);
  } catch (error) {
    throw storeError(error, dataDir, "restore to");
  } finally {
    lock.release();
  }
}

async function restoreLocked(
  backup: string,
  dataDir: string,
  { force, nowMs, progress }: Parameters<typeof restoreStore>[2],
): Promise<RestoreReport> {
  const old = readdirSync(dataDir).filter((name) => ownEntry.test(name));
  if (old.length > 0 && !force) {
    const what = old.every((name) => name === "outbox") ? "are samples that wait to be sent" : "is a store";
    throw new ChainPulseError("TARGET_NOT_EMPTY", `there ${what} in ${dataDir} already`, {
      fix: "Name an empty directory with --data-dir, or set the old content aside with --force.",
    });
  }
  const draft = join(dataDir, draftName);
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const files = await copyStore(backup, draft, progress, true);
  const verified = verifyStore(draft, { quick: false });
  dropEmptyLogs(files.map(({ name }) => join(draft, name)));
  const aside = old.length === 0 ? null : join(dataDir, `before-restore-${compactTime(nowMs)}`);
  if (aside !== null) moveEntries(old, dataDir, aside);
  moveEntries(readdirSync(draft), draft, dataDir);
  rmSync(draft, { recursive: true });
  syncDirectory(dataDir);
  return { dataDir, files: files.length, setAside: aside, verified };
}

function moveEntries(names: readonly string[], from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of names) renameSync(join(from, name), join(to, name));
}

/** `20261125T120000.000Z` */
function compactTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:]/g, "");
}
