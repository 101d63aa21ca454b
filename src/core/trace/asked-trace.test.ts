import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { askedTrace } from "./asked-trace.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const hash = `${traceId}00f067aa0ba902b74bf92f3577b34da6`;

test("a hash is found however it was copied", () => {
  // Wrong: a person pastes a hash from a wallet or an explorer, and is told that it is none.
  const spellings = [
    hash,
    `0x${hash}`,
    `0X${hash.toUpperCase()}`,
    `  ${hash}\n`,
    `https://explorer.example/tx/0x${hash}?a=1`,
    `"${hash}",`,
  ];
  for (const text of spellings) assert.deepEqual(askedTrace(text), { traceId, hash }, text);
});

test("a trace id and a traceparent are found, and have no hash", () => {
  // Wrong: an id from a log line leads nowhere.
  for (const text of [traceId, traceId.toUpperCase(), `00-${traceId}-00f067aa0ba902b7-01`, `trace_id=${traceId}`])
    assert.deepEqual(askedTrace(text), { traceId, hash: null }, text);
});

test("what is no hash, or could be two, is none", () => {
  // Wrong: the page of another transaction is shown than the one that was asked for.
  const other = hash.replace("4", "5");
  for (const text of [
    "",
    "0x",
    hash.slice(1),
    `${hash}0`,
    `z${hash}`,
    "0".repeat(64),
    `${hash} ${other}`,
    `0x${hash.slice(0, 40)}`,
  ])
    assert.equal(askedTrace(text), null, text);
});

test("any hash comes back whole, and its trace is its first half", () => {
  // Wrong: some hashes are read otherwise than agents do.
  const digit = fc.constantFrom(..."0123456789abcdef".split(""));
  const hashes = fc.string({ unit: digit, minLength: 64, maxLength: 64 }).filter((text) => !/^0{32}/.test(text));
  fc.assert(
    fc.property(hashes, fc.boolean(), (digits, prefixed) => {
      assert.deepEqual(askedTrace(prefixed ? `0x${digits}` : digits), { traceId: digits.slice(0, 32), hash: digits });
    }),
  );
});
