import assert from "node:assert/strict";
import { test } from "node:test";
import fastify from "fastify";
import { ChainPulseError } from "../../core/errors.ts";
import { sendProblem, toProblem } from "./problem.ts";

const damaged = new ChainPulseError("STORE_UNUSABLE", "read /srv/secret/state.db: damaged", { fix: "Look into /srv/secret." });
const reader = { kind: "token", scopes: ["read"], node: null, expiresMs: null } as const;

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

// If it fails, agents and scripts give up while the disk is full, or ask again without a pause.
test("a full disk is 503, with the time after which to try again", async () => {
  const app = fastify();
  app.decorateRequest("principal", null);
  app.post("/", (request, reply) => sendProblem(new ChainPulseError("STORE_FULL", "the disk is full"), request, reply));
  const answer = await app.inject({ method: "POST", url: "/" });
  assert.deepEqual([answer.statusCode, answer.headers["retry-after"], answer.json().code], [503, "10", "STORE_FULL"]);
  await app.close();
});
