import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const boot = fileURLToPath(new URL("../src/boot.mjs", import.meta.url));

/** Runs the program with this cache directory; returns what it has written into ours. */
function cachedIn(base: string): readonly string[] {
  const output = execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", boot, "--version"], {
    // The tests' own cache would come first.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: base },
    encoding: "utf8",
  });
  assert.match(output, /\d+\.\d+\.\d+/);
  const ours = join(base, "chainpulse", "compiled");
  return existsSync(ours) ? readdirSync(ours) : [];
}

// If it fails, another user of the machine puts code into our cache, and it runs as us, or every start is a cold one.
test("S15: compiled code is kept only where nobody else can write", () => {
  const top = mkdtempSync(join(tmpdir(), "chainpulse-boot-"));
  try {
    const own = join(top, "own");
    mkdirSync(own);
    assert.equal(cachedIn(own).length, 1);
    for (const made of ["chainpulse", "chainpulse/compiled"]) assert.equal(statSync(join(own, made)).mode & 0o777, 0o700);

    const written = join(top, "written");
    mkdirSync(join(written, "chainpulse"), { recursive: true });
    chmodSync(join(written, "chainpulse"), 0o777);
    assert.deepEqual(cachedIn(written), []);

    const shared = join(top, "shared");
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    assert.deepEqual(cachedIn(shared), []);
    chmodSync(shared, 0o1777);
    assert.equal(cachedIn(shared).length, 1);

    const lured = join(top, "lured");
    mkdirSync(lured);
    mkdirSync(join(top, "theirs", "compiled"), { recursive: true });
    symlinkSync(join(top, "theirs"), join(lured, "chainpulse"));
    assert.deepEqual(cachedIn(lured), []);

    // A home that cannot be used costs time, not the start.
    assert.deepEqual(cachedIn("/dev/null"), []);
  } finally {
    rmSync(top, { recursive: true });
  }
});
