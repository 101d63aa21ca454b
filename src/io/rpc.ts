/**
 * Calls between threads over a message port: one side serves an object's methods, the other calls them as promises.
 * Errors cross with their code, so that `ChainPulseError` means the same on both sides. Typed arrays of results are moved, not copied;
 * those of arguments where the caller gives them away. Ports are always moved.
 * An `AbortSignal` among the arguments arrives as a `Cancellation`: a call that is aborted while it waits is never begun.
 */
import { MessagePort, type TransferListItem, type Worker } from "node:worker_threads";
import { ChainPulseError, type ErrorCode, errorCodes } from "../core/errors.ts";
import { receiveSignal, shareSignal } from "./shared-abort.ts";

// A method of any signature; `never` parameters make every function type assignable.
type Method = (...args: never[]) => unknown;

/** The caller's side of `Api`: the same methods, as promises. */
export type Remote<Api> = {
  readonly [K in keyof Api]: Api[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly fix: string | undefined;
    readonly stack: string;
  };
}

/** A call that was sent and is not answered yet. */
interface OpenCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
  /** The call is over, one way or another: nothing of it may stay behind. */
  settle(): void;
}

type Port = Pick<MessagePort | Worker, "postMessage"> & {
  on(event: "message", listener: (message: unknown) => void): unknown;
};

/** Answers calls that arrive on `port` with the methods of `api`. */
export function serveCalls(port: Port, api: object): void {
  // The caller is typed by `Remote<Api>`; a name that is no method of the object is refused below.
  const methods = api as Record<string, Method | undefined>;
  port.on("message", (message) => {
    if (!isCall(message)) return;
    void answer(methods, message).then((reply) => send(port, reply));
  });
}

/** A result that cannot cross (a function in it, a buffer twice) is this one call's failure; thrown here it would end the thread. */
function send(port: Port, reply: Reply): void {
  try {
    port.postMessage(reply, buffersOf(reply.value));
  } catch (error) {
    port.postMessage({ id: reply.id, error: describe(error) } satisfies Reply);
  }
}

async function answer(methods: Record<string, Method | undefined>, call: Call): Promise<Reply> {
  try {
    const method = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
    if (method === undefined) throw new ChainPulseError("INTERNAL", `no method ${call.method} in this thread`);
    const { args, signal } = receiveSignal(call.args);
    if (signal?.aborted === true) throw abandoned();
    return { id: call.id, value: await method(...(args as never[])) };
  } catch (error) {
    return { id: call.id, error: describe(error) };
  }
}

/** Nobody reads this but a log. */
function abandoned(): ChainPulseError {
  return new ChainPulseError("CANCELLED", "the caller has gone before the work began");
}

/** What a caller has to know of the other side. */
export interface CallOptions {
  readonly name: string;
  readonly timeoutMs: number;
  /** The typed arrays among the arguments are moved: the caller has lost them, and cannot ask again with the same ones. */
  readonly givesArguments?: boolean;
  /**
   * How long the other side may work on after its call was aborted. Default: 5 s; evaluation looks at the signal every few
   * milliseconds, and what has not seen it by then hangs in something that never looks.
   */
  readonly abortGraceMs?: number;
}

/**
 * A remote whose methods call the other side. Calls still open when the port closes, `timeoutMs` after the other side last answered
 * any call, or a while after the one that it works on was aborted, fail with `UNAVAILABLE`.
 */
export function connectCalls<Api>(
  port: Port & { on(event: "close" | "exit", listener: () => void): unknown },
  options: CallOptions,
): Remote<Api> {
  const open = new Map<number, OpenCall>();
  let nextId = 1;
  let closed = false;

  port.on("message", (message) => {
    if (!isReply(message)) return;
    const call = open.get(message.id);
    if (call === undefined) return;
    open.delete(message.id);
    call.settle();
    // It works: what waits behind a long call is not to be taken for a thread that hangs.
    for (const waiting of open.values()) waiting.timer.refresh();
    if (message.error === undefined) call.resolve(message.value);
    else call.reject(revive(message.error));
  });
  const close = (): void => {
    closed = true;
    for (const call of open.values()) {
      call.settle();
      call.reject(new ChainPulseError("UNAVAILABLE", `the ${options.name} thread has ended`));
    }
    open.clear();
  };
  port.on("close", close);
  port.on("exit", close);

  const call = (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new ChainPulseError("UNAVAILABLE", `the ${options.name} thread has ended`));
    const shared = shareSignal(args);
    if (shared.signal?.aborted === true) return Promise.reject(abandoned());
    return new Promise((resolve, reject) => {
      const id = nextId++;
      const giveUpAfter = (ms: number): NodeJS.Timeout =>
        setTimeout(() => {
          open.delete(id);
          opened.settle();
          reject(new ChainPulseError("UNAVAILABLE", `the ${options.name} thread did not answer ${method} in ${ms} ms`));
        }, ms).unref();
      const abort = (): void => {
        shared.raise();
        // The thread works on the oldest call; the others it will not begin.
        if (open.keys().next().value !== id) return;
        clearTimeout(opened.timer);
        opened.timer = giveUpAfter(options.abortGraceMs ?? 5000);
      };
      const opened: OpenCall = {
        resolve,
        reject,
        timer: giveUpAfter(options.timeoutMs),
        settle() {
          clearTimeout(opened.timer);
          shared.signal?.removeEventListener("abort", abort);
        },
      };
      shared.signal?.addEventListener("abort", abort);
      open.set(id, opened);
      port.postMessage({ id, method, args: shared.args } satisfies Call, movedOf(shared.args, options.givesArguments === true));
    });
  };
  const remote = new Proxy(
    {},
    // `then` must stay undefined, or awaiting the remote itself would call it.
    { get: (_, name) => (typeof name !== "string" || name === "then" ? undefined : (...args: unknown[]) => call(name, args)) },
  );
  // The proxy answers to every name; `Remote<Api>` says which ones the other side has.
  return remote as Remote<Api>;
}

function describe(error: unknown): NonNullable<Reply["error"]> {
  const known = error instanceof ChainPulseError ? error : null;
  const plain = error instanceof Error ? error : new Error(String(error));
  return { code: known?.code ?? "INTERNAL", message: plain.message, fix: known?.fix, stack: plain.stack ?? "" };
}

function revive(error: NonNullable<Reply["error"]>): ChainPulseError {
  const code = error.code in errorCodes ? error.code : "INTERNAL";
  const revived = new ChainPulseError(code, error.message, error.fix === undefined ? {} : { fix: error.fix });
  revived.stack = error.stack;
  return revived;
}

/** The deepest result: a batch, its answers, their series, each series, its values. */
const resultLevels = 4;

/** What of the arguments is moved. */
function movedOf(args: readonly unknown[], gives: boolean): readonly TransferListItem[] {
  const ports = args.filter((arg) => arg instanceof MessagePort);
  return gives ? [...ports, ...buffersOf(args)] : ports;
}

/** The array buffers that a result holds, to be moved instead of copied. */
function buffersOf(value: unknown): readonly TransferListItem[] {
  const found = new Set<TransferListItem>();
  collectBuffers(value, 0, found);
  return [...found];
}

function collectBuffers(value: unknown, depth: number, found: Set<TransferListItem>): void {
  if (ArrayBuffer.isView(value)) {
    // What is empty costs less as a copy, and may be shared.
    if (value.buffer instanceof ArrayBuffer && value.buffer.byteLength > 0) found.add(value.buffer);
  } else if (depth < resultLevels && typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) if (typeof item === "object") collectBuffers(item, depth + 1, found);
  }
}

function isCall(message: unknown): message is Call {
  return typeof message === "object" && message !== null && "method" in message && "id" in message;
}

function isReply(message: unknown): message is Reply {
  return typeof message === "object" && message !== null && "id" in message && !("method" in message);
}
