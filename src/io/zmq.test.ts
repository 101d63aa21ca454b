import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  libzmqGreeting as greeting,
  openFakePublisher,
  publisherReady as ready,
  zmqFrame as frame,
  zmqMessage as message,
} from "./zmq-publisher.test-support.ts";
import { type ZmqItem, ZmqError, ZmqReader } from "./zmq-reader.ts";
import { subscribeZmq, type ZmqSubscriberOptions } from "./zmq-subscriber.ts";

/** Listens until `isEnough` of what has happened, in words. */
async function listen(port: number, isEnough: (said: readonly string[]) => boolean, more: Partial<ZmqSubscriberOptions> = {}) {
  const stop = new AbortController();
  const said: string[] = [];
  const say = (what: string): void => {
    said.push(what);
    if (isEnough(said)) stop.abort();
  };
  await subscribeZmq({
    host: "127.0.0.1",
    port,
    topics: ["sequence", "hashblock"],
    timeoutMs: 5000,
    signal: stop.signal,
    pauseMs: 1,
    onMessage: (parts) => say(parts.map((part) => Buffer.from(part).toString("latin1")).join("|")),
    onLive: () => say("live"),
    onLost: ({ message: why }) => say(`lost: ${why}`),
    ...more,
  });
  return said;
}

test("a publisher is greeted, told what is wanted, and heard; and again after it has gone away", async () => {
  // Transactions and blocks would be seen seconds late, or after a restart of the node not at all.
  let connections = 0;
  const { port, served, close } = await openFakePublisher((socket) => {
    connections++;
    socket.write(
      Buffer.concat([greeting, ready, message(Buffer.from("sequence"), Buffer.from(`body ${connections}`), Buffer.alloc(4))]),
    );
    if (connections === 1) socket.end();
  });
  try {
    const said = await listen(port, (all) => all.at(-1)?.includes("body 2") === true);
    assert.deepEqual(said, [
      "live",
      "sequence|body 1|\0\0\0\0",
      "lost: the publisher has closed the connection",
      "live",
      "sequence|body 2|\0\0\0\0",
    ]);
    const sent = Buffer.concat(served).toString("latin1");
    assert.ok(sent.startsWith(`\u00ff${"\0".repeat(8)}\u007f\u0003\0NULL`));
    assert.ok(sent.includes("\u0004\u0019\u0005READY\u000bSocket-Type\0\0\0\u0003SUB"));
    assert.ok(sent.includes("\0\u0009\u0001sequence") && sent.includes("\0\u000a\u0001hashblock"));
  } finally {
    close();
  }
});

test("what is no publisher is given up with a reason", async () => {
  // A wrong address would look like a node without transactions, or fill the memory.
  const answers: readonly (readonly [string, Buffer])[] = [
    ["does not speak ZeroMQ", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["version 1 of ZMTP", Buffer.from("ff00000000000000017f0100", "hex")],
    ["asks for authentication", Buffer.concat([greeting.subarray(0, 12), Buffer.from("CURVE".padEnd(52, "\0"))])],
    ["refuses the subscription", Buffer.concat([greeting, frame(4, Buffer.from("\u0005ERROR\u0002no", "latin1"))])],
    ["larger than is taken", Buffer.concat([greeting, ready, Buffer.from([2]), Buffer.alloc(8, 0x7f)])],
    ["which are reserved", Buffer.concat([greeting, ready, Buffer.from([8, 0])])],
    ["has no name", Buffer.concat([greeting, Buffer.from([4, 0])])],
    ["more than 16 parts", Buffer.concat([greeting, ready, ...Array.from({ length: 17 }, () => frame(1, Buffer.alloc(1)))])],
  ];
  for (const [why, bytes] of answers) {
    const { port, close } = await openFakePublisher((socket) => socket.write(bytes));
    try {
      const said = await listen(port, (all) => all.some((one) => one.startsWith("lost")));
      assert.ok(said.at(-1)?.includes(why), `${why}: ${said.join(", ")}`);
    } finally {
      close();
    }
  }
  const silent = await openFakePublisher(() => undefined);
  try {
    assert.deepEqual(await listen(silent.port, () => true, { timeoutMs: 1 }), ["lost: no handshake within 1 ms"]);
  } finally {
    silent.close();
  }
});

test("however the bytes are cut, the same is read", () => {
  // What a node tells would be lost or garbled wherever a packet ends.
  const part = fc.uint8Array({ maxLength: 300 });
  const item = fc.oneof(
    fc.record({ kind: fc.constant("message" as const), parts: fc.array(part, { minLength: 1, maxLength: 4 }) }),
    fc.record({
      kind: fc.constant("command" as const),
      name: fc.constantFrom("READY", "PING"),
      data: fc.uint8Array({ maxLength: 40 }),
    }),
  );
  const bytesOf = (one: ZmqItem): Buffer => {
    if (one.kind === "message") return message(...one.parts);
    if (one.kind === "greeting") return greeting;
    return frame(4, Buffer.concat([Buffer.from([one.name.length]), Buffer.from(one.name), one.data]));
  };
  const plain = (one: ZmqItem): unknown =>
    one.kind === "message"
      ? one.parts.map((bytes) => [...bytes])
      : one.kind === "command"
        ? [one.name, [...one.data]]
        : one.kind;
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
      (items, cuts) => {
        const all: readonly ZmqItem[] = [{ kind: "greeting" }, ...items];
        const bytes = Buffer.concat(all.map(bytesOf));
        const reader = new ZmqReader();
        const read: ZmqItem[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1;
          read.push(...reader.push(bytes.subarray(at, at + length)));
          at += length;
        }
        assert.deepEqual(read.map(plain), all.map(plain));
      },
    ),
  );
});

test("any bytes are read, or refused as what they are", () => {
  // Whoever listens at that port could end the thread that all observers run in.
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), fc.boolean(), (chunks, greets) => {
      const reader = new ZmqReader();
      try {
        for (const chunk of greets ? [greeting, ...chunks] : chunks) reader.push(chunk);
      } catch (error) {
        assert.ok(error instanceof ZmqError);
      }
    }),
  );
});
