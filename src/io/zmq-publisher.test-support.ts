/** A ZeroMQ publisher for tests: greets as libzmq 4.3.4 does, and then sends what it is told to. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { portOf } from "./fake-server.test-support.ts";
import { greetingBytes } from "./zmq-reader.ts";

/** As captured from a libzmq 4.3.4. */
export const libzmqGreeting = Buffer.concat([
  Buffer.from("ff00000000000000017f0301", "hex"),
  Buffer.from("NULL".padEnd(greetingBytes - 12, "\0")),
]);

/** READY of a publisher. */
export const publisherReady = zmqFrame(4, Buffer.from("\u0005READY\u000bSocket-Type\0\0\0\u0003PUB", "latin1"));

/** Flags as 23/ZMTP has them: 1 MORE, 2 LONG, 4 COMMAND. */
export function zmqFrame(flags: number, body: Uint8Array): Buffer {
  const size = Buffer.alloc(9);
  size[0] = flags;
  size.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([(flags & 2) === 0 ? Buffer.from([flags, body.length]) : size, body]);
}

export function zmqMessage(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.map((part, index) => zmqFrame((index < parts.length - 1 ? 1 : 0) + (part.length > 255 ? 2 : 0), part)),
  );
}

export interface FakePublisher {
  readonly port: number;
  /** What came, of all connections. */
  readonly served: readonly Buffer[];
  readonly close: () => void;
}

/** `serve` is handed each connection. */
export async function openFakePublisher(serve: (socket: Socket) => void): Promise<FakePublisher> {
  const sockets = new Set<Socket>();
  const served: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("data", (bytes) => served.push(bytes));
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    served,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
