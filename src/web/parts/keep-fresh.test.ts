import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import { keepFresh } from "./keep-fresh.ts";

/** A server that answers when it is told to, and an answer that is as old as one says. */
function serverOf(firstAgeMs: number) {
  const turns = signal(0);
  /** Read by the question, as the page's own signals are. */
  const ageMs = signal(firstAgeMs);
  const waiting: PromiseWithResolvers<void>[] = [];
  const notes: string[] = [];
  let asked = 0;
  const stop = keepFresh({
    turns,
    ageMs: () => ageMs.value,
    load: () => {
      asked++;
      const answer = Promise.withResolvers<void>();
      waiting.push(answer);
      return answer.promise;
    },
    note: (error) => notes.push(error),
  });
  return {
    notes,
    stop,
    asked: () => asked,
    /** What the question reads changes by itself, as with each tick that the stream brings. */
    age(age: number): void {
      ageMs.value = age;
    },
    /** The clock turns with an answer of this age on the page. */
    turn(age: number): void {
      ageMs.value = age;
      turns.value++;
    },
    /** Ends the request under way, and lets what waits for it run. */
    async end(failure?: Error): Promise<void> {
      const answer = waiting.shift();
      if (failure === undefined) answer?.resolve();
      else answer?.reject(failure);
      await answer?.promise.catch(() => undefined);
      await new Promise(setImmediate);
    },
  };
}

test("figures of the status are asked for with each turn of the clock", async () => {
  // Wrong: the overview shows the number of series of when the page was loaded.
  const server = serverOf(0);
  assert.equal(server.asked(), 0);
  server.turn(10_000);
  await server.end();
  server.turn(10_000);
  await server.end();
  assert.equal(server.asked(), 2);
  server.stop();
  server.turn(10_000);
  assert.equal(server.asked(), 2);
});

test("an old answer is renewed at once, a new one is left alone", async () => {
  // Wrong: who comes to the overview from another page sees figures of an hour ago for ten seconds, or each page load asks twice.
  const server = serverOf(3_600_000);
  assert.equal(server.asked(), 1);
  await server.end();
  server.turn(1000);
  server.age(9000);
  assert.equal(server.asked(), 1);
  server.stop();
});

test("a slow server gets one request at a time", async () => {
  // Wrong: a server that hardly answers is given another request every ten seconds by every open page.
  const server = serverOf(10_000);
  server.turn(20_000);
  server.turn(30_000);
  assert.equal(server.asked(), 1);
  await server.end();
  server.turn(10_000);
  assert.equal(server.asked(), 2);
  server.stop();
});

test("a failure is said, and gone with the next answer", async () => {
  // Wrong: old figures look like those of now while the server refuses, or the page never asks again.
  const server = serverOf(10_000);
  await server.end(new Error("The server answered 500."));
  assert.deepEqual(server.notes, ["The server answered 500."]);
  server.turn(20_000);
  await server.end();
  assert.deepEqual(server.notes, ["The server answered 500.", ""]);
  server.stop();
});
