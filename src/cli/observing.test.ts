import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { configSchema } from "../core/config.ts";
import type { ObserverDeclaration } from "../core/observer.ts";
import { keepLines } from "../store/log-lines.test-support.ts";
import { createObserving } from "./observing.ts";

function openLab(context: TestContext, part: Partial<ObserverDeclaration> = {}) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const { logger, lines } = keepLines();
  const lab = {
    isWanted: false,
    asked: 0,
    observed: 0,
    ended: 0,
    trouble: null as Error | null,
    enabled: true,
    isRunning: false,
  };
  const observer: ObserverDeclaration = {
    id: "test.observer",
    title: "Test",
    metrics: [],
    wanted: () => {
      lab.asked++;
      return lab.isWanted;
    },
    open: () => ({ close: () => undefined }),
    ...part,
  };
  const observing = createObserving({
    observers: [observer],
    config: () => configSchema.parse({ enabled: lab.enabled }),
    isRunning: () => lab.isRunning,
    observe: () => {
      lab.observed++;
      return lab.trouble === null ? Promise.resolve() : Promise.reject(lab.trouble);
    },
    end: () => {
      lab.ended++;
      return Promise.resolve();
    },
    logger,
  });
  /** So many looks after the first one, which is over then. */
  const pass = async (looks: number): Promise<void> => {
    await nextTurn();
    for (let look = 0; look < looks; look++) {
      context.mock.timers.tick(30_000);
      await nextTurn();
    }
  };
  return { lab, observing, pass, lines };
}

describe("createObserving", () => {
  it("starts no thread for one that follows others, and opens it where the thread is there", async (context) => {
    // Every node would pay for a thread that watches what nobody sends; or a hub would make nothing of what agents send.
    const { lab, observing, pass } = openLab(context, { followsOthers: true });
    lab.isWanted = true;
    observing.start();
    await pass(2);
    assert.deepEqual([lab.asked, lab.observed], [0, 0]);
    lab.isRunning = true;
    await pass(1);
    assert.deepEqual([lab.asked, lab.observed, observing.isWanted()], [1, 1, true]);
    await observing.stop();
  });

  it("starts no thread before there is something to watch, and looks after it from then on", async (context) => {
    // Every node without a client would pay for a thread; or a thread that hangs would be missed by nobody.
    const { lab, observing, pass } = openLab(context);
    observing.start();
    await pass(3);
    assert.deepEqual([lab.asked, lab.observed, observing.isWanted()], [4, 0, false]);
    lab.isWanted = true;
    await pass(1);
    assert.deepEqual([lab.asked, lab.observed, observing.isWanted()], [5, 1, true]);
    await pass(2);
    assert.deepEqual([lab.asked, lab.observed], [5, 3]);
    await observing.stop();
    await pass(2);
    assert.deepEqual([lab.observed, lab.ended], [3, 1]);
  });

  it("asks nobody while nothing is collected, and at once when that has changed", async (context) => {
    // A node that is to be quiet would go on to knock at ports.
    const { lab, observing, pass } = openLab(context);
    lab.enabled = false;
    lab.isWanted = true;
    observing.start();
    await pass(1);
    assert.equal(lab.asked, 0);
    lab.enabled = true;
    observing.reconsider();
    await pass(0);
    assert.deepEqual([lab.asked, lab.observed], [1, 1]);
    lab.isWanted = false;
    observing.reconsider();
    await pass(0);
    assert.deepEqual([lab.asked, lab.observed, observing.isWanted()], [2, 1, false]);
    await observing.stop();
    assert.equal(lab.ended, 0, "nothing runs that could be ended");
  });

  it("says once why nothing is observed, and tries again", async (context) => {
    // The log would be full of one line, or an operator would never learn of it.
    const { lab, observing, pass, lines } = openLab(context);
    lab.isWanted = true;
    lab.trouble = new Error("the thread has ended");
    observing.start();
    await pass(2);
    assert.equal(lines.filter(({ level }) => level === "error").length, 1);
    lab.trouble = null;
    await pass(1);
    assert.equal(lab.observed, 4);
    await observing.stop();
  });
});
