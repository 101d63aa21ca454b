/**
 * Subscriptions of JSON-RPC over a WebSocket: `eth_subscribe` and its kin. The connection is made again after a pause whenever it ends, a server that
 * does not answer pings is given up, and what comes faster than it is read is dropped and counted. Questions go over HTTP (`json-rpc.ts`),
 * which knows who answers what. Source: geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub; RFC 6455.
 */
import { setTimeout as wait } from "node:timers/promises";
import { WebSocket } from "ws";
import { authorizationOf, type HttpEndpoint, pemOf } from "./http-client.ts";
import { AskFailure } from "./json-rpc.ts";
import { type Subscription, subscribing } from "./json-rpc-subscriptions.ts";
import { openSlicedQueue } from "./sliced-queue.ts";

export interface JsonRpcSocketOptions {
  /** Its address is `ws:` or `wss:`; `timeoutMs` is for the handshake, for the answer to a subscription, and for a pong. */
  readonly endpoint: HttpEndpoint;
  readonly subscriptions: readonly Subscription[];
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** Time between two pings. Default: 15 s. */
  readonly pingMs?: number;
  /** Notifications that wait to be read. Default: 8,192. */
  readonly waitingMax?: number;
  /** After a connection that failed; doubled for each in a row, up to a minute. Default: 1 s. */
  readonly pauseMs?: number;
}

export interface JsonRpcSocket {
  /** Notifications that were dropped since it was opened, because they came faster than they were read. */
  dropped(): number;
  /** Gives up the connection, for a reason that only the subscriber can see: it is made anew. */
  renew(why: string): void;
  /** Resolves once the signal was raised and the connection has ended. */
  readonly ended: Promise<void>;
}

/** One notification is a header or a transaction with its data: 128 KiB is the largest that nodes pass on (go-ethereum txMaxSize), in hex. */
const messageBytesMax = 1_048_576;
const waitingBytesMax = 16_777_216;
const pauseMsMax = 60_000;

export function openJsonRpcSocket(options: JsonRpcSocketOptions): JsonRpcSocket {
  const { signal, subscriptions, pauseMs = 1000 } = options;
  let dropped = 0;
  let giveUp: ((failure: AskFailure) => void) | null = null;

  const connect = async (): Promise<boolean> => {
    const connection = await openConnection(options, () => dropped++);
    giveUp = connection.giveUp;
    const failure = await connection.failed;
    giveUp = null;
    for (const { onLost } of subscriptions) if (!signal.aborted) onLost(failure);
    return connection.wasLive();
  };
  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      failures = (await connect()) ? 0 : failures + 1;
      await pause(Math.min(pauseMsMax, pauseMs * 2 ** Math.min(failures, 10)), signal);
    }
  };

  return {
    dropped: () => dropped,
    renew: (why) => giveUp?.(new AskFailure("unreachable", why)),
    ended: run(),
  };
}

interface Connection {
  /** Ends it at once. */
  readonly giveUp: (failure: AskFailure) => void;
  /** Whether the server has taken a subscription. */
  wasLive(): boolean;
  /** Resolves when the connection has ended. */
  readonly failed: Promise<AskFailure>;
}

async function openConnection(options: JsonRpcSocketOptions, onDropped: () => void): Promise<Connection> {
  const { endpoint, subscriptions, signal, pingMs = 15_000 } = options;
  const { promise: failed, resolve: fail } = Promise.withResolvers<AskFailure>();
  let live = false;
  let socket: WebSocket;
  try {
    socket = await handshake(endpoint);
  } catch (error) {
    fail(failureOf(error));
    return { giveUp: fail, wasLive: () => live, failed };
  }

  let cause: AskFailure | null = null;
  const giveUp = (failure: AskFailure): void => {
    cause ??= failure;
    socket.terminate();
  };
  const stop = (): void => giveUp(new AskFailure("unreachable", "it is not watched any more"));
  const subscribed = subscribing(
    (text) => socket.send(text),
    subscriptions,
    () => (live = true),
  );
  const limits = { itemsMax: options.waitingMax ?? 8192, bytesMax: waitingBytesMax };
  const queue = openSlicedQueue(limits, (message) => {
    if (!subscribed.take(message.toString("utf8"))) giveUp(new AskFailure("garbage", "a message is no JSON-RPC"));
  });
  const watchdog = watch(socket, pingMs, endpoint.timeoutMs, giveUp);
  const deadline = setTimeout(() => {
    if (!subscribed.areAnswered()) giveUp(new AskFailure("timeout", `no answer within ${endpoint.timeoutMs} ms`));
  }, endpoint.timeoutMs).unref();

  socket.on("open", () => subscribed.ask());
  socket.on("message", (data) => {
    if (Buffer.isBuffer(data) && !queue.push(data)) onDropped();
  });
  socket.on("error", (error) => (cause ??= failureOf(error)));
  socket.on("close", (code) => {
    watchdog.stop();
    clearTimeout(deadline);
    queue.close();
    signal.removeEventListener("abort", stop);
    fail(cause ?? new AskFailure("unreachable", `the connection was closed with code ${code}`));
  });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  return { giveUp, wasLive: () => live, failed };
}

/** A socket that is about to connect: what happens is said by its events. Rejects where a secret or a PEM file cannot be read. */
async function handshake(endpoint: HttpEndpoint): Promise<WebSocket> {
  const socket = new WebSocket(endpoint.url, {
    handshakeTimeout: endpoint.timeoutMs,
    maxPayload: messageBytesMax,
    // Small messages gain nothing, and what is not unpacked cannot be a bomb.
    perMessageDeflate: false,
    headers: { ...endpoint.headers, ...(await authorizationOf(endpoint)) },
    ...pemOf(endpoint),
  });
  socket.binaryType = "nodebuffer";
  return socket;
}

/** A connection can be dead without anybody having closed it: then a ping has no answer. */
function watch(
  socket: WebSocket,
  pingMs: number,
  timeoutMs: number,
  giveUp: (failure: AskFailure) => void,
): { readonly stop: () => void } {
  let deadline: NodeJS.Timeout | undefined;
  const answered = (): void => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN || deadline !== undefined) return;
    socket.ping();
    deadline = setTimeout(() => giveUp(new AskFailure("timeout", "a ping was not answered")), timeoutMs).unref();
  }, pingMs).unref();
  socket.on("pong", answered);
  return {
    stop() {
      answered();
      clearInterval(timer);
    },
  };
}

/** What `ws` says: "Unexpected server response: 400" is a server that does not speak WebSocket there, or does not let us in. */
function failureOf(error: unknown): AskFailure {
  if (error instanceof AggregateError) return failureOf(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  const status = /^Unexpected server response: (\d+)$/.exec(message)?.[1];
  if (status !== undefined) return new AskFailure("refused", `no WebSocket there: status ${status}`, { code: Number(status) });
  const kind = message.includes("timed out") ? "timeout" : /payload|frame|UTF-8/i.test(message) ? "garbage" : "unreachable";
  return new AskFailure(kind, message, { cause: error });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
