import assert from "node:assert/strict";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openTokenStore } from "../store/state/tokens.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, an operator locks themselves out, or a revoked or expired token still opens the server.

test("a token is created, works, is listed without its secret, and is revoked", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-token-"));
  const run = (...argv: readonly string[]) => cli(["token", ...argv, "--data-dir", directory.path]);

  const created = await run("create", "--name", "ci", "--scopes", "read,write", "--expires", "2h");
  assert.equal(created.code, 0);
  const secret = created.stdout.trim();
  assert.match(created.stderr, /may read, write\. It is shown this once/);
  const { tokens } = JSON.parse((await run("list", "--json")).stdout);
  assert.equal(tokens.length, 1);
  assert.equal(tokens[0].expiresMs - tokens[0].createdMs, 7_200_000);

  const store = openTokenStore(directory.path);
  try {
    assert.deepEqual(store.verify(secret, Date.now())?.scopes, ["read", "write"]);
    const listed = await run("list");
    assert.match(listed.stdout, /^ID +NAME +SCOPES/);
    assert.ok(!listed.stdout.includes(secret) && !JSON.stringify(tokens).includes(secret.slice(4)));

    assert.equal((await run("revoke", tokens[0].id)).code, 0);
    assert.equal(store.verify(secret, Date.now()), null);
  } finally {
    store.close();
  }
  const again = await run("revoke", tokens[0].id);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
});

test("wrong usage changes nothing", async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-token-"));
  const cases = [
    [["create"], /needs --name NAME/],
    [["create", "--name", "x", "--scopes", "raed"], /not "raed"; did you mean read\?/],
    [["create", "--name", "x", "--expires", "soon"], /--expires takes a duration/],
    [["revoke"], /needs the token's id/],
    [["list", "abc"], /token list takes no id/],
    [["drop"], /ACTION is one of create, list, revoke/],
  ] as const;
  for (const [argv, message] of cases) {
    const { code, stderr } = await cli(["token", ...argv, "--data-dir", directory.path]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  const { stdout } = await cli(["token", "list", "--json", "--data-dir", directory.path]);
  assert.deepEqual(JSON.parse(stdout), { tokens: [] });
});
