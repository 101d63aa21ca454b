import assert from "node:assert/strict";
import { test } from "node:test";
import { openKernelClock } from "./kernel-clock.ts";

test("the kernel's clock is read, twice, without setting it", { skip: process.platform !== "linux" }, async () => {
  // If this fails, an operator sees a clock offset that is made of the wrong bytes, or the clock itself is changed.
  const read = await openKernelClock();
  assert.ok(typeof read === "function", JSON.stringify(read));
  const clock = read();
  assert.ok(!("reason" in clock), JSON.stringify(clock));
  // Bounds of the kernel: kernel/time/ntp.c and adjtimex(2). A shifted layout does not keep them all.
  assert.ok(clock.state >= 0 && clock.state <= 5);
  assert.ok(clock.tickMicroseconds >= 9000 && clock.tickMicroseconds <= 11_000);
  assert.ok(Math.abs(clock.frequency) <= 500 * 65_536);
  assert.ok(clock.maximumErrorMicroseconds >= 0 && clock.maximumErrorMicroseconds <= 16_000_000);
  assert.ok(clock.timeConstant >= 0 && clock.timeConstant <= 10);
  assert.ok(clock.taiOffsetSeconds >= 0 && clock.taiOffsetSeconds < 100);
  const again = read();
  assert.ok(!("reason" in again) && again.tickMicroseconds === clock.tickMicroseconds);
});
