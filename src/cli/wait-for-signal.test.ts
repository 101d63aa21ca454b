import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { waitForSignal } from "./wait-for-signal.ts";

class FakeProcess extends EventEmitter {
  readonly exits: (number | string | null | undefined)[] = [];
  // The real one does not return; here the test must go on.
  exit = (code?: number | string | null): never => this.exits.push(code) as never;
}

describe("waitForSignal", () => {
  // If these fail, a stop loses the last second, or a hanging stop cannot be cut short.
  it("ends in order on the first signal and at once on the second", async () => {
    const signals = new FakeProcess();
    const ending = waitForSignal(signals as unknown as NodeJS.Process); // EventEmitter's `on` returns its own type.
    signals.emit("SIGTERM");
    assert.equal(await ending.code, 0);
    assert.deepEqual(signals.exits, []);
    signals.emit("SIGTERM");
    assert.deepEqual(signals.exits, [130]);
    ending.release();
    assert.equal(signals.listenerCount("SIGTERM"), 0);
  });

  it("ends with the code of the part that failed", async () => {
    const ending = waitForSignal(new FakeProcess() as unknown as NodeJS.Process);
    ending.end(1);
    ending.end(0);
    assert.equal(await ending.code, 1);
  });
});
