import assert from "node:assert/strict";
import { mkdtempDisposableSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchConfig } from "./config-file-watch.ts";

// If these fail, an operator changes the configuration and the running server does not notice, or reloads for nothing.

/** Watches `file`; `next()` resolves at the next reported change. */
function watching(file: string): { next(): Promise<void>; changes(): number; close(): void } {
  let changes = 0;
  let waiting = Promise.withResolvers<void>();
  const onChange = (): void => {
    changes += 1;
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  const onError = (error: Error): void => waiting.reject(error);
  const watch = watchConfig(file, onChange, { onError, debounceMs: 10 });
  // The watcher does not keep a process alive, so the test must.
  const alive = setInterval(() => undefined, 1000);
  return {
    next: () => waiting.promise,
    changes: () => changes,
    close: () => {
      clearInterval(alive);
      watch.close();
    },
  };
}

test("writing, renaming over it, and swapping a link beside it are all seen", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-watch-"));
  const at = (name: string): string => join(directory.path, name);
  writeFileSync(at("a.yaml"), "one");
  symlinkSync(at("a.yaml"), at("link"));
  symlinkSync("link", at("config.yaml"));
  const watch = watching(at("config.yaml"));
  try {
    let changed = watch.next();
    writeFileSync(at("a.yaml"), "two, written in place");
    await changed;

    changed = watch.next();
    writeFileSync(at("new"), "three, renamed over it");
    renameSync(at("new"), at("a.yaml"));
    await changed;

    changed = watch.next();
    writeFileSync(at("b.yaml"), "four, as Kubernetes does it");
    symlinkSync(at("b.yaml"), at("link.new"));
    renameSync(at("link.new"), at("link"));
    await changed;
  } finally {
    watch.close();
  }
});

test("other files in the directory, and removal, are no change", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-watch-"));
  const file = join(directory.path, "config.yaml");
  writeFileSync(file, "one");
  const watch = watching(file);
  const other = join(directory.path, "other");
  const watchOther = watching(other);
  try {
    const otherChanged = watchOther.next();
    writeFileSync(other, "x");
    await otherChanged;
    rmSync(file);
    const changed = watch.next();
    writeFileSync(file, "the only change");
    await changed;
    assert.equal(watch.changes(), 1);
  } finally {
    watch.close();
    watchOther.close();
  }
});

test("a directory that cannot be watched is reported, not thrown", () => {
  const errors: Error[] = [];
  const onError = (error: Error): unknown => errors.push(error);
  watchConfig("/nonexistent/chainpulse/config.yaml", () => assert.fail("nothing changed"), { onError }).close();
  assert.equal(errors.length, 1);
});
