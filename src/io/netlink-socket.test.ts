import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeRequest, readMessages } from "./netlink-socket.ts";

const typeData = 20;
const typeError = 2;
const typeDone = 3;

/** Messages as the kernel lays them out, each padded to 4 bytes. */
function part(...messages: readonly { readonly type: number; readonly payload: Uint8Array }[]): DataView {
  const chunks = messages.map(({ type, payload }) => {
    const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 16 + payload.length, true);
    view.setUint16(4, type, true);
    bytes.set(payload, 16);
    return bytes;
  });
  const joined = Buffer.concat(chunks);
  return new DataView(joined.buffer, joined.byteOffset, joined.length);
}

function bytesOf(view: DataView): readonly number[] {
  return [...new Uint8Array(view.buffer, view.byteOffset, view.byteLength)];
}

test("every payload arrives whole and in order, whatever its length", () => {
  // Connections would be lost or mixed up if this fails.
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (payloads) => {
      const seen: (readonly number[])[] = [];
      const end = readMessages(part(...payloads.map((payload) => ({ type: typeData, payload }))), (payload) =>
        seen.push(bytesOf(payload)),
      );
      assert.equal(end, null);
      assert.deepEqual(
        seen,
        payloads.map((payload) => [...payload]),
      );
    }),
  );
});

test("the end and an error end the dump", () => {
  // The thread would wait for its time-out at every dump if this fails.
  const nothing = new Uint8Array(4);
  const errno = new Uint8Array(new Int32Array([-2]).buffer);
  assert.equal(
    readMessages(part({ type: typeDone, payload: nothing }), () => undefined),
    0,
  );
  assert.equal(
    readMessages(part({ type: typeError, payload: errno }), () => undefined),
    2,
  );
});

test("no bytes make the reader throw, loop or read outside", () => {
  // A damaged answer would stop the thread if this fails.
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readMessages(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), (payload) => void bytesOf(payload));
    }),
  );
});

test("a request is a dump of its type with its length in front", () => {
  // The kernel would answer EINVAL, or one socket instead of all, if this fails.
  const request = new DataView(encodeRequest(20, Uint8Array.of(1, 2)).buffer);
  assert.deepEqual([request.getUint32(0, true), request.getUint16(4, true), request.getUint16(6, true)], [18, 20, 0x301]);
});
