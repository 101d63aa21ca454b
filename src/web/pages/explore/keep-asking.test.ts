import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { ApiProblem } from "../../data/http.ts";
import { keepAsking } from "./keep-asking.ts";

mock.timers.enable({ apis: ["setTimeout"] });

interface Told {
  asked: number;
  readonly heard: string[];
  next: string | Error;
  repeats: boolean;
}

function ask(next: string | Error): { readonly told: Told; readonly stop: () => void } {
  const told: Told = { asked: 0, heard: [], next, repeats: true };
  const stop = keepAsking<string>({
    ask: async () => {
      told.asked++;
      if (typeof told.next !== "string") throw told.next;
      return Promise.resolve(told.next);
    },
    answered: (answer) => void told.heard.push(answer),
    failed: (error) => void told.heard.push(String(error)),
    repeats: () => told.repeats,
  });
  return { told, stop };
}

async function pass(ms: number): Promise<void> {
  await setImmediate();
  mock.timers.tick(ms);
  await setImmediate();
}

test("an answer comes back after the server was away, and is asked for less often while it is", async () => {
  // Wrong: one lost request leaves the table of an expression with an error until it is typed again.
  const { told, stop } = ask(new ApiProblem(0, "UNREACHABLE", "away"));
  await pass(5000);
  told.next = new ApiProblem(503, "UNAVAILABLE", "busy");
  await pass(5000);
  assert.equal(told.asked, 2);
  await pass(5000);
  assert.equal(told.asked, 3);
  told.next = "2";
  await pass(20_000);
  assert.deepEqual(told.heard, ["ApiProblem: away", "ApiProblem: away", "ApiProblem: busy", "2"]);
  stop();
});

test("a mistake of the expression is not asked for again", async () => {
  // Wrong: a half-typed expression is a request every five seconds while the page is open.
  const { told, stop } = ask(new ApiProblem(400, "QUERY_SYNTAX", "no"));
  await pass(5000);
  await pass(40_000);
  assert.equal(told.asked, 1);
  stop();
});

test("answers are asked for again only while they change, and not after the end", async () => {
  // Wrong: a page that is held still, or left, goes on asking.
  const { told, stop } = ask("1");
  told.repeats = false;
  await pass(5000);
  assert.equal(told.asked, 1);
  told.repeats = true;
  await pass(5000);
  assert.equal(told.asked, 2);
  stop();
  await pass(40_000);
  assert.equal(told.asked, 2);
});
