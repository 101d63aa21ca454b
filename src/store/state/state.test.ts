import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openCheckHistory } from "./check-history.ts";
import { openState } from "./state.ts";
import { temporaryStore } from "../temporary-store.test-support.ts";
import { noonMs } from "../ticks.test-support.ts";
import { openTokenStore } from "./tokens.ts";

const first = "CREATE TABLE notes (text TEXT)";
const second = "ALTER TABLE notes ADD COLUMN author TEXT";

describe("openState", () => {
  it("runs each migration once, part by part, and keeps the content", () => {
    // An upgrade would fail at the next start, or lose tokens, alerts and annotations.
    using store = temporaryStore();
    const { dataDir } = store;
    const old = openState({ dataDir, part: "notes", migrations: [first] });
    old.prepare("INSERT INTO notes VALUES (?)").run("kept");
    openState({ dataDir, part: "other", migrations: ["CREATE TABLE others (a)"] }).close();
    old.close();
    for (let again = 0; again < 2; again++) {
      const upgraded = openState({ dataDir, part: "notes", migrations: [first, second] });
      assert.deepEqual({ ...upgraded.prepare("SELECT * FROM notes").get() }, { text: "kept", author: null });
      upgraded.close();
    }
  });

  it("takes a failed migration back, and refuses what a newer version has migrated", () => {
    // A half-migrated file would be readable by neither version.
    using store = temporaryStore();
    const { dataDir } = store;
    assert.throws(() => openState({ dataDir, part: "notes", migrations: [first, "nonsense"] }), /nonsense/);
    openState({ dataDir, part: "notes", migrations: [first, second] }).close();
    assert.throws(() => openState({ dataDir, part: "notes", migrations: [first] }), { code: "STORE_TOO_NEW" });
  });

  it("S15: every file of a data directory is its user's alone, whatever the directory's own permissions", () => {
    // Whoever may read a file of SQLite may lock it, which stops the writer; whoever may write it has made an admin token.
    using store = temporaryStore();
    const dataDir = join(store.dataDir, "open");
    mkdirSync(dataDir, { mode: 0o777 });
    chmodSync(dataDir, 0o777);
    const writer = store.writer({ dataDir });
    const ref = writer.resolve({ __name__: "up" });
    writer.commit(noonMs, Uint32Array.of(ref), Float64Array.of(1), 1);
    const tokens = openTokenStore(dataDir);
    tokens.create({ name: "ci", scopes: ["read"], expiresMs: null });
    const history = openCheckHistory(dataDir);
    const names = readdirSync(dataDir, { recursive: true, encoding: "utf8" });
    for (const name of [
      "state.db",
      "state.db-wal",
      "state.db-shm",
      "catalog.db",
      "catalog.copy.db",
      "lock.db",
      "analyse.db",
      "samples",
    ]) {
      assert.ok(names.includes(name), name);
    }
    const open = names.filter((name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0);
    assert.deepEqual(open, []);
    history.close();
    tokens.close();
    writer.close();
  });
});
