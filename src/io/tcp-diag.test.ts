import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeTcpRequest, familyInet, familyInet6, parseTcpSocket } from "./tcp-diag.ts";

interface Fields {
  readonly family?: number;
  readonly state?: number;
  readonly local?: Uint8Array;
  readonly remote?: Uint8Array;
  /** Length of `tcp_info`; `null`: no such attribute. */
  readonly infoBytes?: number | null;
}

/** A message as kernel 6.18 lays it out: an attribute that is not ours first, then `tcp_info`. */
function message({ family = familyInet, state = 1, local, remote, infoBytes = 280 }: Fields = {}): DataView {
  const bytes = new Uint8Array(72 + 8 + (infoBytes === null ? 0 : 4 + infoBytes));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, family);
  view.setUint8(1, state);
  view.setUint16(4, 30303);
  view.setUint16(6, 443);
  bytes.set(local ?? [10, 0, 0, 1], 8);
  bytes.set(remote ?? [192, 0, 2, 7], 24);
  view.setBigUint64(44, 36n, true);
  view.setUint32(56, 3, true);
  view.setUint32(60, 128, true);
  view.setUint16(72, 5, true);
  view.setUint16(74, 8, true);
  if (infoBytes === null) return view;
  view.setUint16(80, 4 + infoBytes, true);
  view.setUint16(82, 2, true);
  const info = new DataView(bytes.buffer, 84);
  const values = [
    [68, 25_000],
    [148, 20_000],
  ] as const;
  const longs = [
    [128, 1000n],
    [160, 5_000_000n],
    [200, 4000n],
    [208, 40n],
  ] as const;
  for (const [at, value] of values) if (at + 4 <= infoBytes) info.setUint32(at, value, true);
  for (const [at, value] of longs) if (at + 8 <= infoBytes) info.setBigUint64(at, value, true);
  return view;
}

test("a socket's figures are read from their places", () => {
  // Round-trip times and loss of every connection would be wrong if this fails.
  assert.deepEqual(parseTcpSocket(message()), {
    state: 1,
    cookie: "10",
    localAddress: "10.0.0.1",
    localPort: 30303,
    remoteAddress: "192.0.2.7",
    remotePort: 443,
    receiveQueue: 3,
    sendQueue: 128,
    info: {
      rttSeconds: 0.025,
      minRttSeconds: 0.02,
      receivedBytes: 1000,
      deliveryBytesPerSecond: 5_000_000,
      sentBytes: 4000,
      retransmittedBytes: 40,
    },
  });
});

test("an old kernel's shorter tcp_info, and none at all, are no figures instead of zeros", () => {
  // Loss would be shown as 0 where the kernel does not count it if this fails.
  assert.equal(parseTcpSocket(message({ infoBytes: 192 }))?.info, null);
  assert.equal(parseTcpSocket(message({ infoBytes: null }))?.info, null);
});

test("IPv6 addresses are written as RFC 5952 says, and IPv4 ones inside as IPv4", () => {
  // One peer would be two if this fails. `URL` is the independent judge.
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 }), (groups) => {
      fc.pre(!(groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff));
      const remote = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
      const address = parseTcpSocket(message({ family: familyInet6, remote }))?.remoteAddress ?? "";
      const full = groups.map((group) => group.toString(16)).join(":");
      assert.equal(`[${address}]`, new URL(`http://[${full}]/`).hostname);
    }),
  );
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1);
  assert.equal(parseTcpSocket(message({ family: familyInet6, remote: mapped }))?.remoteAddress, "192.0.2.1");
});

test("no bytes make the parser throw or read outside", () => {
  // One odd socket would hide all connections if this fails.
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = familyInet;
      parseTcpSocket(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    }),
  );
});

test("the request asks for established and listening sockets of its family, with tcp_info", () => {
  // The dump would be empty, or of every state, if this fails. inet_diag_req_v2 is 56 bytes.
  const request = encodeTcpRequest(familyInet6);
  assert.deepEqual([...request.subarray(0, 8)], [10, 6, 2, 0, 0b10, 0b100, 0, 0]);
  assert.equal(request.length, 56);
});
