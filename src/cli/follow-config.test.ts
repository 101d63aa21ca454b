import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Config, configSchema } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import { followConfig } from "./follow-config.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function configOf(settings: object): Config {
  return configSchema.parse(settings);
}

/** Follows a file that each entry of `versions` replaces in turn; resolves after the last one was taken over or refused. */
async function afterChanges(versions: readonly (Config | Error)[], apply: (changed: boolean) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), "chainpulse-test-"));
  const file = join(directory, "chainpulse.yaml");
  writeFileSync(file, "0");
  const done = Promise.withResolvers<void>();
  let settled = 0;
  const settle = (): void => {
    if (++settled === versions.length) done.resolve();
  };
  const logger: Logger = { ...silent, info: settle, error: settle };
  let index = 0;
  const followed = followConfig({
    loaded: { config: configOf({}), file, warnings: [] },
    reload: async () => {
      const version = versions[index++];
      if (version === undefined || version instanceof Error) throw version ?? new Error("read too often");
      return { config: version, file, warnings: ["a warning"] };
    },
    logger,
    apply,
  });
  const end = followed.follow();
  try {
    for (let i = 0; i < versions.length; i++) process.emit("SIGHUP", "SIGHUP");
    await done.promise;
    return followed;
  } finally {
    end();
    rmSync(directory, { recursive: true });
  }
}

describe("followConfig", () => {
  // If these fail, a typo in the file stops a running node, or a changed setting is silently ignored.
  it("takes a changed configuration over on SIGHUP", async () => {
    const changes: boolean[] = [];
    const followed = await afterChanges(
      [configOf({ sampling_interval_ms: 2000 })],
      async (changed) => void changes.push(changed),
    );
    assert.equal(followed.current().sampling_interval_ms, 2000);
    assert.deepEqual(followed.info().warnings, ["a warning"]);
    assert.deepEqual(changes, [true]);
  });

  it("keeps the old one when the new one is wrong, and says why", async () => {
    const followed = await afterChanges([new Error("line 3: no such key")], async () => assert.fail("applied"));
    assert.equal(followed.current().sampling_interval_ms, 1000);
    assert.equal(followed.info().error, "line 3: no such key");
  });

  it("keeps the old one when the new one cannot be put into force, and forgets the error with the next good one", async () => {
    const results = [Promise.reject(new Error("disk full")), Promise.resolve()];
    results[0]?.catch(() => undefined);
    const versions = [configOf({ sampling_interval_ms: 2000 }), configOf({ sampling_interval_ms: 3000 })];
    const followed = await afterChanges(versions, () => results.shift() ?? Promise.resolve());
    assert.equal(followed.current().sampling_interval_ms, 3000);
    assert.equal(followed.info().error, null);
  });

  it("says that the data directory changes only at the next start", async () => {
    const followed = await afterChanges([configOf({ storage: { data_dir: "/elsewhere" } })], async () => undefined);
    assert.equal(followed.current().storage.data_dir, undefined);
    assert.deepEqual(followed.info().warnings, ["a warning", "storage: a change takes effect at the next start"]);
  });
});
