import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { configSchema } from "../core/config.ts";
import { keepLines } from "../store/log-lines.test-support.ts";
import { createForwarding } from "./forwarding.ts";

const config = configSchema.parse({ remote_write: [{ url: "http://127.0.0.1:9/write" }] });

/** Threads that do as a test says; time passes when it says so. */
function openLab(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { logger, lines } = keepLines();
  const lab = {
    lines,
    /** Why `start` and `reconfigure` fail; `null`: they do not. */
    trouble: null as string | null,
    /** Since the beginning, and those that are there now. */
    started: 0,
    running: 0,
    /** Ends the newest, as an error in it does. */
    crash: (): void => undefined,
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        context.mock.timers.tick(1000);
        await nextTurn();
      }
    },
  };
  const answer = (): Promise<void> => (lab.trouble === null ? Promise.resolve() : Promise.reject(new Error(lab.trouble)));
  const forwarding = createForwarding({
    logger,
    start(onExit) {
      let isThere = true;
      lab.started++;
      lab.running++;
      const exit = (): void => {
        if (isThere) lab.running--;
        if (isThere) onExit();
        isThere = false;
      };
      lab.crash = exit;
      return {
        calls: { start: answer, reconfigure: answer, stop: () => Promise.resolve() },
        terminate: () => Promise.resolve(exit()),
      };
    },
  });
  return { lab, forwarding };
}

describe("the forward thread", () => {
  it("is started anew until it has begun to send, and that it has not is told once", async (context) => {
    // If this fails, a disk that is full at the wrong moment ends all sending: the thread is there and does nothing.
    const { lab, forwarding } = openLab(context);
    lab.trouble = "ENOSPC: no space left on device, write";
    await forwarding.apply(config);
    await lab.pass(4);
    assert.deepEqual([lab.started, lab.running], [5, 0]);
    assert.equal(lab.lines.length, 1);
    lab.trouble = null;
    await lab.pass(4);
    assert.deepEqual([lab.started, lab.running], [6, 1]);
    lab.trouble = "ENOSPC: no space left on device, write";
    lab.crash();
    await lab.pass(1);
    assert.equal(lab.lines.length, 2);
    await forwarding.stop();
    await lab.pass(4);
    assert.deepEqual([lab.started, lab.running], [7, 0]);
  });

  it("that does not take over a change is started anew, with what is configured then", async (context) => {
    // If this fails, a new destination gets nothing until somebody changes the configuration again.
    const { lab, forwarding } = openLab(context);
    await forwarding.apply(config);
    lab.trouble = "timed out";
    await forwarding.apply(config);
    assert.equal(lab.running, 0);
    lab.trouble = null;
    await lab.pass(1);
    assert.deepEqual([lab.started, lab.running], [2, 1]);
    await forwarding.stop();
  });

  it("is there once, however it ends and is wanted again", async (context) => {
    // If this fails, everything is sent twice after a change of the configuration.
    const { lab, forwarding } = openLab(context);
    await forwarding.apply(config);
    // The last destination goes, and comes back while the thread is ending.
    await Promise.all([forwarding.apply(configSchema.parse({})), forwarding.apply(config)]);
    await lab.pass(3);
    assert.equal(lab.running, 1);
    lab.crash();
    await lab.pass(1);
    assert.deepEqual([lab.started, lab.running], [3, 1]);
    // What is configured is applied while the next start is waited for.
    lab.crash();
    await forwarding.apply(config);
    await lab.pass(3);
    assert.deepEqual([lab.started, lab.running], [4, 1]);
    await forwarding.stop();
    assert.equal(lab.running, 0);
  });
});
