import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { Cancellation } from "../core/cancellation.ts";
import { createOnDemandThread, type OnDemandThread } from "./on-demand-thread.ts";
import { connectCalls, serveCalls } from "./rpc.ts";

interface Api {
  answer(): number;
  hang(signal?: Cancellation): Promise<never>;
}

/** Threads that are none: each is a port with the methods behind it. The first hangs when it is asked to; it counts what was begun. */
function lab(test: TestContext): {
  readonly thread: OnDemandThread<Api>;
  readonly begun: string[];
  readonly started: () => number;
  readonly ended: (() => void)[];
} {
  const begun: string[] = [];
  const ended: (() => void)[] = [];
  let started = 0;
  const thread = createOnDemandThread<Api>((onEnded) => {
    started += 1;
    ended.push(onEnded);
    const { port1, port2 } = new MessageChannel();
    let stuck = false;
    const queue: (() => void)[] = [];
    // As a thread does that computes: while one call hangs the others wait.
    const inTurn = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        const run = (): void => resolve(work());
        if (stuck) queue.push(run);
        else run();
      });
    serveCalls(port1, {
      answer: () =>
        inTurn(() => {
          begun.push("answer");
          return started;
        }),
      hang: () => {
        begun.push("hang");
        stuck = true;
        return new Promise(() => undefined);
      },
    });
    test.after(() => port1.close());
    return {
      calls: connectCalls<Api>(port2, { name: "lab", timeoutMs: 250 }),
      terminate: async () => {
        port1.close();
        port2.close();
      },
    };
  });
  test.after(() => thread.stop());
  return { thread, begun, started: () => started, ended };
}

describe("a thread on demand", () => {
  it("answers those who waited behind a call that hung, from a new thread", async (test) => {
    // If it fails, one user's query costs everybody else an answer.
    const { thread, begun, started } = lab(test);
    const hung = thread.calls.hang();
    const waiting = [thread.calls.answer(), thread.calls.answer()];
    await assert.rejects(hung, { code: "UNAVAILABLE", message: /did not answer hang/ });
    assert.deepEqual(await Promise.all(waiting), [2, 2]);
    assert.deepEqual(begun, ["hang", "answer", "answer"]);
    assert.equal(started(), 2);
  });

  it("does not ask again what hangs, and says when it is stopping", async (test) => {
    // If it fails, a query that kills its thread kills every one that is started.
    const { thread, begun } = lab(test);
    await assert.rejects(thread.calls.hang(), { code: "UNAVAILABLE" });
    assert.deepEqual(begun, ["hang"]);
    await thread.stop();
    await assert.rejects(thread.calls.answer(), { code: "UNAVAILABLE", message: /stopping/ });
  });

  it("starts anew after the thread has ended, but not when one ends that it gave up before", async (test) => {
    // If it fails, each thread that hangs leaves one behind that nobody asks and nobody stops.
    const { thread, started, ended } = lab(test);
    assert.equal(await thread.calls.answer(), 1);
    ended[0]?.();
    assert.equal(await thread.calls.answer(), 2);
    ended[0]?.();
    assert.equal(await thread.calls.answer(), 2);
    assert.equal(started(), 2);
  });
});
