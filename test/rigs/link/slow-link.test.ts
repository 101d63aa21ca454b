import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { announcesBlocks, type Frame, openFrameReader } from "./p2p-frames.ts";
import { openSlowLink } from "./slow-link.ts";

/** Of Bitcoin's and Litecoin's regtest. Source: chainparams.cpp, CRegTestParams. */
const magic = Buffer.from("fabfb5da", "hex");

function frame(command: string, payload: Uint8Array): Frame {
  const head = Buffer.alloc(24);
  magic.copy(head);
  head.write(command, 4, "latin1");
  head.writeUInt32LE(payload.length, 16);
  return { command, bytes: Buffer.concat([head, payload]) };
}

function inventory(...types: readonly number[]): Frame {
  const entries = types.map((type) => {
    const entry = Buffer.alloc(36);
    entry.writeUInt32LE(type);
    return entry;
  });
  return frame("inv", Buffer.concat([Buffer.of(types.length), ...entries]));
}

const frames = fc.array(
  fc
    .tuple(fc.constantFrom("tx", "headers", "sendcmpct", "getblocktxn1"), fc.uint8Array({ maxLength: 80 }))
    .map(([command, payload]) => frame(command, payload)),
  { maxLength: 8 },
);

describe("messages between nodes", () => {
  test("are the same however their bytes are cut into pieces", () => {
    // Wrong: the link loses or garbles messages, and its test accuses the product.
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(frames, cuts, (sent, places) => {
        const stream = Buffer.concat(sent.map(({ bytes }) => bytes));
        const read = openFrameReader(magic);
        const ends = [...places.filter((place) => place < stream.length).toSorted((a, b) => a - b), stream.length];
        const got = ends.flatMap((end, index) => read(stream.subarray(ends[index - 1] ?? 0, end)));
        assert.deepEqual(got, sent);
      }),
    );
  });

  test("of another network, or too long, are refused", () => {
    // Wrong: the link would wait for four gigabytes that never come.
    const alien = frame("tx", Buffer.alloc(3)).bytes;
    alien[0] = 0;
    const endless = frame("tx", Buffer.alloc(3)).bytes;
    endless.writeUInt32LE(4_000_001, 16);
    for (const bytes of [alien, endless]) assert.throws(() => openFrameReader(magic)(bytes), /no message of this network/);
  });

  test("tell of blocks, or do not", () => {
    // Wrong: transactions wait too, or blocks do not, and the delay that a test injects is another one.
    const witnessBlock = 2 + 2 ** 30;
    const cases: readonly (readonly [Frame, boolean])[] = [
      [frame("headers", Buffer.alloc(82)), true],
      [frame("cmpctblock", Buffer.alloc(90)), true],
      [inventory(1, 1, 2), true],
      [inventory(witnessBlock), true],
      [inventory(1, 5), false],
      [inventory(), false],
      // It says more entries than it has.
      [frame("inv", Buffer.of(0xfd, 0xff, 0xff, 2)), false],
      [frame("inv", Buffer.of(0xfd)), false],
      [frame("block", Buffer.alloc(90)), false],
      [frame("tx", Buffer.alloc(90)), false],
    ];
    for (const [message, expected] of cases) {
      assert.equal(announcesBlocks(message), expected, `${message.command} ${message.bytes.length}`);
    }
  });
});

describe("a slow link", () => {
  test("lets what is not about blocks overtake, and can be cut and healed", async () => {
    // Wrong: the partition or the delay of the test of three nodes is none.
    const heard: string[] = [];
    const node = createServer((socket) => {
      const read = openFrameReader(magic);
      socket.on("data", (bytes: Buffer) => {
        for (const { command } of read(bytes)) heard.push(command);
        if (heard.at(-1) === "headers") socket.end();
      });
    }).listen(0, "127.0.0.1");
    await once(node, "listening");
    const address = node.address();
    assert.ok(address !== null && typeof address === "object");
    await using link = await openSlowLink({ to: `127.0.0.1:${address.port}`, magic });
    const port = Number(link.address.split(":")[1]);
    link.slowBlocks(20);
    const caller = connect(port, "127.0.0.1");
    for (const message of [frame("headers", Buffer.alloc(1)), frame("tx", Buffer.alloc(1))]) caller.write(message.bytes);
    caller.resume();
    await once(caller, "close");
    assert.deepEqual(heard, ["tx", "headers"]);
    assert.deepEqual([...link.delayed], [["headers", 1]]);
    link.cut();
    const refused = connect(port, "127.0.0.1").resume();
    await once(refused, "close");
    link.heal();
    const again = connect(port, "127.0.0.1").resume();
    again.write(frame("headers", Buffer.alloc(1)).bytes);
    await once(again, "close");
    assert.deepEqual(heard, ["tx", "headers", "headers"]);
    node.close();
    await once(node, "close");
  });
});
