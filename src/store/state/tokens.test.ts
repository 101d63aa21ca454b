import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { openTokenStore, type TokenStore } from "./tokens.ts";

const nowMs = 1_764_000_000_000;
const agentGrant = { name: "n-1", scopes: ["agent"], node: "n-1", expiresMs: null };

function withStore(work: (store: TokenStore, dataDir: string) => void): void {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-tokens-"));
  const store = openTokenStore(dataDir);
  try {
    work(store, dataDir);
  } finally {
    store.close();
    rmSync(dataDir, { recursive: true });
  }
}

describe("the token store", () => {
  test("a created token verifies, with its scopes, and nothing else does", () => {
    // If it fails, nobody can log in, or everybody can.
    withStore((store) => {
      const { id, token } = store.create({ name: "grafana", scopes: ["read"], expiresMs: null, nowMs });
      assert.match(token, /^cpt_[A-Za-z0-9_-]{43}$/);
      assert.deepEqual(store.verify(token, nowMs), { id, name: "grafana", scopes: ["read"], node: null, expiresMs: null });
      fc.assert(
        fc.property(fc.nat(token.length - 1), fc.constantFrom("a", "Z", "0", "9", "_", "-"), (position, letter) => {
          const forged = token.slice(0, position) + letter + token.slice(position + 1);
          assert.equal(store.verify(forged, nowMs) !== null, forged === token);
        }),
      );
      fc.assert(fc.property(fc.string(), (text) => store.verify(text, nowMs) === null));
    });
  });

  test("S6, S15: the token is not in the files, only its hash", () => {
    // If it fails, a copy of the data directory is a set of valid tokens.
    withStore((store, dataDir) => {
      const { token } = store.create({ name: "ci", scopes: ["write"], expiresMs: null, nowMs });
      const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)));
      const secret = Buffer.from(token.slice("cpt_".length), "base64url");
      assert.ok(files.length > 0);
      for (const file of files) {
        assert.equal(file.includes(token), false);
        assert.equal(file.includes(secret), false);
      }
      assert.equal(JSON.stringify(store.list()).includes(token.slice(4)), false);
    });
  });

  test("an expired and a revoked token do not verify", () => {
    // If it fails, access that was taken away goes on.
    withStore((store) => {
      const short = store.create({ name: "short", scopes: ["read"], expiresMs: nowMs + 1000, nowMs });
      assert.notEqual(store.verify(short.token, nowMs + 999), null);
      assert.equal(store.verify(short.token, nowMs + 1000), null);
      assert.equal(store.active(short.id, nowMs + 1000), null);
      const long = store.create({ name: "long", scopes: ["admin"], expiresMs: null, nowMs });
      assert.notEqual(store.active(long.id, nowMs), null);
      assert.equal(store.revoke(long.id), true);
      assert.equal(store.revoke(long.id), false);
      assert.equal(store.verify(long.token, nowMs), null);
      assert.equal(store.active(long.id, nowMs), null);
    });
  });

  test("what another process creates and revokes holds at once", () => {
    // If it fails, `chainpulse token revoke` does nothing until the server restarts.
    withStore((server, dataDir) => {
      assert.equal(server.verify(`cpt_${"A".repeat(43)}`, nowMs), null);
      const commandLine = openTokenStore(dataDir);
      const { id, token } = commandLine.create({ name: "late", scopes: ["read"], expiresMs: null, nowMs });
      assert.notEqual(server.verify(token, nowMs), null);
      commandLine.revoke(id);
      assert.equal(server.verify(token, nowMs), null);
      commandLine.close();
    });
  });

  test("a token of an agent is for one node, and for nothing else", () => {
    // If it fails, an agent can write the samples of another node, or a token for everything looks like one of an agent.
    withStore((store) => {
      const agent = store.create({ name: "n-1", scopes: ["agent"], node: "n-1", expiresMs: null, nowMs });
      assert.deepEqual(store.verify(agent.token, nowMs), { ...agentGrant, id: agent.id });
      assert.throws(() => store.create({ name: "x", scopes: ["agent"], expiresMs: null }), { code: "BAD_REQUEST" });
      assert.throws(() => store.create({ name: "x", scopes: ["ingest"], node: "n-1", expiresMs: null }), {
        code: "BAD_REQUEST",
      });
      const other = store.create({ name: "n-2", scopes: ["agent"], node: "n-2", expiresMs: null, nowMs });
      assert.equal(store.revokeNode("n-1"), 1);
      assert.equal(store.verify(agent.token, nowMs), null);
      assert.notEqual(store.verify(other.token, nowMs), null);
      assert.equal(store.revokeNode("n-1"), 0);
    });
  });

  test("the time of the last use is kept, to the minute", () => {
    // If it fails, an operator cannot tell a dead token from one in use.
    withStore((store, dataDir) => {
      const { token } = store.create({ name: "used", scopes: ["read"], expiresMs: null, nowMs });
      assert.equal(store.list()[0]?.lastUsedMs, null);
      store.verify(token, nowMs);
      store.verify(token, nowMs + 59_999);
      assert.equal(store.list()[0]?.lastUsedMs, nowMs);
      store.verify(token, nowMs + 60_000);
      const reader = openTokenStore(dataDir, { readOnly: true });
      assert.equal(reader.list()[0]?.lastUsedMs, nowMs + 60_000);
      reader.verify(token, nowMs + 600_000);
      assert.equal(reader.list()[0]?.lastUsedMs, nowMs + 60_000);
      reader.close();
    });
  });

  test("reading where nothing is gives no tokens and makes no file", () => {
    // If it fails, `chainpulse token list` leaves a data directory behind.
    const dataDir = join(tmpdir(), "chainpulse-tokens-that-is-not-there");
    const store = openTokenStore(dataDir, { readOnly: true });
    assert.deepEqual(store.list(), []);
    store.close();
    assert.throws(() => readdirSync(dataDir), { code: "ENOENT" });
  });

  test("a data directory that cannot be used is named", () => {
    // If it fails, the operator sees SQLite's words without the path.
    assert.throws(() => openTokenStore("/dev/null/data"), { code: "STORE_UNUSABLE", message: /\/dev\/null\/data/ });
  });
});
