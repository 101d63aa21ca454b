import assert from "node:assert/strict";
import { test } from "node:test";
import { ChainPulseError } from "../../core/errors.ts";
import { toProblem } from "./problem.ts";

const damaged = new ChainPulseError("STORE_UNUSABLE", "read /srv/secret/state.db: damaged", { fix: "Look into /srv/secret." });
const reader = { kind: "token", scopes: ["read"], expiresMs: null } as const;

// If it fails, /readyz tells everybody where the data is, and what is wrong with it; or nobody is told what to do.
test("S6: a stranger learns nothing of our files from an error, a reader what to do", () => {
  const told = toProblem(damaged, { id: "r1", principal: null });
  assert.equal(told.code, "STORE_UNUSABLE");
  assert.doesNotMatch(JSON.stringify(told), /secret/);
  const { detail, fix } = toProblem(damaged, { id: "r1", principal: reader });
  assert.deepEqual([detail, fix], [damaged.message, damaged.fix]);
  const bug = new ChainPulseError("INTERNAL", "cannot read /srv/secret");
  assert.doesNotMatch(JSON.stringify(toProblem(bug, { id: "r1", principal: reader })), /secret/);
  const refused = toProblem(new ChainPulseError("UNAUTHENTICATED", "needs a token"), { id: "r1", principal: null });
  assert.equal(refused.detail, "needs a token");
});
