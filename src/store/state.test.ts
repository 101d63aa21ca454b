import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openState } from "./state.ts";
import { temporaryStore } from "./temporary-store.test-support.ts";

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
});
