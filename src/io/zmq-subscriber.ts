/**
 * Listens to what a ZeroMQ publisher tells under some topics, without a library: a subscriber without authentication needs a greeting, one command and
 * one message per topic. The connection is made again after a pause whenever it ends. What is published while there is none is lost, and so is
 * what the publisher's own queue has no room for: a subscriber must know what it needs by other ways as well.
 * Sources: 23/ZMTP, "The NULL Security Mechanism"; 29/PUBSUB.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { frameFlag, greetingBytes, type ZmqItem, ZmqReader } from "./zmq-reader.ts";

export interface ZmqSubscriberOptions {
  readonly host: string;
  readonly port: number;
  /** Prefixes of the first parts of the messages that are wanted. */
  readonly topics: readonly string[];
  /** For the connection and the handshake. */
  readonly timeoutMs: number;
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** Each message's parts. It is not to throw, nor to take long. */
  readonly onMessage: (parts: readonly Uint8Array[]) => void;
  /** The publisher knows what is wanted. */
  readonly onLive: () => void;
  /** There is no connection: it has ended, or could not be made. */
  readonly onLost: (failure: Error) => void;
  /** After a connection that failed; doubled for each in a row, up to a minute. Default: 1 s. */
  readonly pauseMs?: number;
}

const pauseMsMax = 60_000;
/** A publisher that has nothing to say says nothing: the system finds out whether it is still there. */
const keepAliveMs = 30_000;

/** Resolves once the signal was raised and the connection has ended. Never rejects. */
export async function subscribeZmq(options: ZmqSubscriberOptions): Promise<void> {
  const { signal, pauseMs = 1000, onLost } = options;
  for (let failures = 0; !signal.aborted;) {
    const { failure, wasLive } = await listen(options);
    if (signal.aborted) return;
    onLost(failure);
    failures = wasLive ? 0 : failures + 1;
    await wait(Math.min(pauseMsMax, pauseMs * 2 ** Math.min(failures, 10)), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

/** One connection, until it ends. */
function listen(options: ZmqSubscriberOptions): Promise<{ readonly failure: Error; readonly wasLive: boolean }> {
  const { host, port, topics, timeoutMs, signal, onMessage, onLive } = options;
  const { promise, resolve } = Promise.withResolvers<{ failure: Error; wasLive: boolean }>();
  const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: keepAliveMs, noDelay: true });
  const reader = new ZmqReader();
  let failure: Error | null = null;
  let isLive = false;
  const giveUp = (why: Error): void => {
    failure ??= why;
    socket.destroy();
  };
  const stop = (): void => giveUp(new Error("it is not listened to any more"));
  const deadline = setTimeout(() => {
    if (!isLive) giveUp(new Error(`no handshake within ${timeoutMs} ms`));
  }, timeoutMs).unref();

  const take = (item: ZmqItem): void => {
    if (item.kind === "greeting") socket.write(readyCommand);
    else if (item.kind === "message") {
      if (isLive) onMessage(item.parts);
    } else if (item.name === "ERROR") giveUp(new Error("the publisher refuses the subscription"));
    else if (item.name === "READY" && !isLive) {
      for (const topic of topics) subscribe(socket, topic);
      isLive = true;
      onLive();
    }
  };

  socket.on("connect", () => socket.write(greeting));
  socket.on("data", (bytes: Buffer) => {
    try {
      for (const item of reader.push(bytes)) take(item);
    } catch (error) {
      giveUp(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on("error", (error) => (failure ??= error));
  socket.on("close", () => {
    clearTimeout(deadline);
    signal.removeEventListener("abort", stop);
    resolve({ failure: failure ?? new Error("the publisher has closed the connection"), wasLive: isLive });
  });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  return promise;
}

const greeting = ((): Uint8Array => {
  const bytes = new Uint8Array(greetingBytes);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.set(Buffer.from("NULL"), 12);
  return bytes;
})();

/** Its one property says what the socket is: length and name, length in four bytes and value. */
const readyCommand = ((): Uint8Array => {
  const value = Buffer.from("SUB");
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  const body = Buffer.concat([named("READY"), named("Socket-Type"), size, value]);
  return Buffer.concat([Buffer.from([frameFlag.command, body.length]), body]);
})();

function named(name: string): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "latin1")]);
}

/** A message whose first byte is 1; in version 3.1 there is a command for it, which one of 3.0 is not asked for. */
function subscribe(socket: Socket, topic: string): void {
  const body = Buffer.from(`\u0001${topic}`, "latin1");
  socket.write(Buffer.concat([Buffer.from([0, body.length]), body]));
}
