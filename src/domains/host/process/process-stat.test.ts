import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { emptyProcessStat, parseProcessStat } from "./process-stat.ts";

const encoder = new TextEncoder();

/** Fields 4 … 52 of a stat line; field `n` has the value `n`, flags (9) are those of a user process. */
function line(name: Uint8Array, state = "S"): Uint8Array {
  const numbers = Array.from({ length: 49 }, (_, index) => (index + 4 === 9 ? 0x400000 : index + 4)).join(" ");
  return Buffer.concat([encoder.encode("77 ("), name, encoder.encode(`) ${state} ${numbers}\n`)]);
}

test("a process cannot forge its figures by its name", () => {
  // Any local user could hide a process or invent its CPU time if this fails.
  const hostile = ["$(touch x)", ") R 1", "new\nline", "\u001b[31m", ") S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "((((", "))))", ""];
  const names = fc.oneof(
    fc.constantFrom(...hostile).map((name) => encoder.encode(name)),
    fc.uint8Array({ maxLength: 64 }),
  );
  fc.assert(
    fc.property(names, (name) => {
      const stat = emptyProcessStat();
      const bytes = line(name, "D");
      assert.equal(parseProcessStat(bytes, bytes.length, stat), true);
      assert.equal(stat.name, new TextDecoder().decode(name));
      const { state, parentPid, userTicks, systemTicks, startTicks, residentPages, lastCpu, ioDelayTicks } = stat;
      assert.deepEqual(
        { state, parentPid, userTicks, systemTicks, startTicks, residentPages, lastCpu, ioDelayTicks },
        {
          state: "disk_sleep",
          parentPid: 4,
          userTicks: 14,
          systemTicks: 15,
          startTicks: 22,
          residentPages: 24,
          lastCpu: 39,
          ioDelayTicks: 42,
        },
      );
    }),
  );
});

test("a line that is cut off is refused and changes nothing", () => {
  // Half a line would be shown as a process with wrong figures if this fails.
  const bytes = line(encoder.encode("geth"));
  const whole = new TextDecoder().decode(bytes).indexOf(" 42 ") + 3;
  for (let length = 0; length < whole - 1; length++) {
    const stat = emptyProcessStat();
    assert.equal(parseProcessStat(bytes, length, stat), false, `${length} bytes`);
    assert.deepEqual(stat, emptyProcessStat());
  }
});

test("what an earlier, longer read left in the buffer is not read", () => {
  // A short-lived process would get another one's name if this fails.
  const buffer = new Uint8Array(4096);
  const long = line(encoder.encode(")))))))))))))))"));
  const short = line(encoder.encode("a"));
  buffer.set(long);
  buffer.set(short);
  const stat = emptyProcessStat();
  assert.equal(parseProcessStat(buffer, short.length, stat), true);
  assert.equal(stat.name, "a");
});

test("a state letter that the kernel does not have is refused", () => {
  // A changed format would be taken for figures if this fails.
  const bytes = line(encoder.encode("geth"), "Q");
  assert.equal(parseProcessStat(bytes, bytes.length, emptyProcessStat()), false);
});
