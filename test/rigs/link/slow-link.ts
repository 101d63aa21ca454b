/** A link between two real nodes that is slow in telling of blocks, or cut: a proxy in front of one of them, which the other one connects to. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { announcesBlocks, openFrameReader } from "./p2p-frames.ts";

export interface SlowLink extends AsyncDisposable {
  /** `host:port`, in the place of the node behind it. */
  readonly address: string;
  /** From now on what tells of blocks waits so long on its way, ms, in both directions; everything else passes at once, and may overtake it. */
  slowBlocks(delayMs: number): void;
  /** How many messages have waited, by command. */
  readonly delayed: ReadonlyMap<string, number>;
  /** Hangs up, and takes no call until `heal`. */
  cut(): void;
  heal(): void;
}

export interface LinkOptions {
  /** `host:port` of the node that is called. */
  readonly to: string;
  /** First bytes of every message of the network. */
  readonly magic: Buffer;
}

/** It listens when this resolves. */
export async function openSlowLink({ to, magic }: LinkOptions): Promise<SlowLink> {
  const sockets = new Set<Socket>();
  const delayed = new Map<string, number>();
  let delayMs = 0;
  let isCut = false;

  const carry = (from: Socket, target: Socket): void => {
    const read = openFrameReader(magic);
    const pass = (bytes: Buffer): void => void (target.destroyed || target.write(bytes));
    from.on("data", (bytes: Buffer) => {
      try {
        for (const frame of read(bytes)) {
          if (delayMs === 0 || !announcesBlocks(frame)) pass(frame.bytes);
          else {
            delayed.set(frame.command, (delayed.get(frame.command) ?? 0) + 1);
            setTimeout(pass, delayMs, frame.bytes);
          }
        }
      } catch (error) {
        from.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
  };
  const [host = "", port = ""] = to.split(":");
  const server = createServer((caller) => {
    if (isCut) return void caller.destroy();
    const called = connect(Number(port), host);
    for (const [socket, other] of [
      [caller, called],
      [called, caller],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // Nodes hang up as they like, and one that is killed resets: what one end does, the other one sees.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      carry(socket, other);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  const hangUp = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    address: `127.0.0.1:${address.port}`,
    delayed,
    slowBlocks: (ms) => void (delayMs = ms),
    cut() {
      isCut = true;
      hangUp();
    },
    heal: () => void (isCut = false),
    async [Symbol.asyncDispose]() {
      hangUp();
      server.close();
      await once(server, "close");
    },
  };
}
