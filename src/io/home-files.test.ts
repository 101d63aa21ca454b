import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findHomeFile } from "./home-files.ts";

test("a file is found in the own home first, then in others', and absolute paths are what they are", () => {
  // Otherwise a bitcoind that runs as another user is never asked with its cookie.
  const root = mkdtempSync(join(tmpdir(), "homes-"));
  try {
    const own = join(root, "home", "me");
    for (const directory of [own, join(root, "home", "btc", ".bitcoin"), join(root, "var", "lib", "bitcoind")]) {
      mkdirSync(directory, { recursive: true });
    }
    const paths = [".bitcoin/.cookie", "/var/lib/bitcoind/.cookie"];
    assert.deepEqual(findHomeFile(paths, root, own), { readable: null, denied: null });
    const system = join(root, "var", "lib", "bitcoind", ".cookie");
    writeFileSync(system, "a:b");
    assert.equal(findHomeFile(paths, root, own).readable, system);
    const other = join(root, "home", "btc", ".bitcoin", ".cookie");
    writeFileSync(other, "a:b");
    assert.equal(findHomeFile([".bitcoin/.cookie"], root, own).readable, other);
    assert.equal(findHomeFile([], root, own).readable, null);
  } finally {
    rmSync(root, { recursive: true });
  }
});
