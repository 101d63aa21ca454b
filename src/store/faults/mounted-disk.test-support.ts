/** A small disk of its own for a test: a `tmpfs`, which only root may mount. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface MountedDisk extends Disposable {
  readonly path: string;
  /** Mounts it anew as `ro` or `rw`. */
  remount(mode: "ro" | "rw"): void;
  /** Takes all room that is left, as others who use the disk may. */
  fill(): void;
  /** Gives that room back. */
  free(): void;
}

/** `null` where this user may not mount: the test is to be skipped. */
export function mountDisk(bytes: number): MountedDisk | null {
  const path = mkdtempSync(join(tmpdir(), "chainpulse-disk-"));
  if (!mount("-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "tmpfs", path)) {
    rmdirSync(path);
    return null;
  }
  const ballast = join(path, "ballast");
  return {
    path,
    fill() {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(ballast, new Uint8Array(bavail * bsize), { flag: "a" });
    },
    free: () => rmSync(ballast, { force: true }),
    remount(mode) {
      if (!mount("-o", `remount,${mode}`, path)) throw new Error(`${path} cannot be mounted ${mode}`);
    },
    [Symbol.dispose]() {
      // Lazily: a sync in the background may still have a file open.
      const { status, stderr } = spawnSync("umount", ["--lazy", path], { encoding: "utf8" });
      if (status !== 0) throw new Error(`umount ${path}: ${stderr}`);
      rmdirSync(path);
    },
  };
}

function mount(...args: readonly string[]): boolean {
  const { status } = spawnSync("mount", args, { stdio: "ignore" });
  return status === 0;
}
