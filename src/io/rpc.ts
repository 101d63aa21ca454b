/**
 * Calls between threads over a message port: one side serves an object's methods, the other calls them as promises.
 * Errors cross with their code, so that `ChainPulseError` means the same on both sides. Typed arrays are transferred, not copied.
 */
import type { MessagePort, TransferListItem, Worker } from "node:worker_threads";
import { ChainPulseError, type ErrorCode, errorCodes } from "../core/errors.ts";

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
    return { id: call.id, value: await method(...(call.args as never[])) };
  } catch (error) {
    return { id: call.id, error: describe(error) };
  }
}

/**
 * A remote whose methods call the other side. Calls still open when the port closes, or `timeoutMs` after the other side last
 * answered any call, fail with `UNAVAILABLE`.
 */
export function connectCalls<Api>(
  port: Port & { on(event: "close" | "exit", listener: () => void): unknown },
  options: { readonly name: string; readonly timeoutMs: number },
): Remote<Api> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void; timer: NodeJS.Timeout }>();
  let nextId = 1;
  let closed = false;

  port.on("message", (message) => {
    if (!isReply(message)) return;
    const call = open.get(message.id);
    if (call === undefined) return;
    open.delete(message.id);
    clearTimeout(call.timer);
    // It works: what waits behind a long call is not to be taken for a thread that hangs.
    for (const waiting of open.values()) waiting.timer.refresh();
    if (message.error === undefined) call.resolve(message.value);
    else call.reject(revive(message.error));
  });
  const close = (): void => {
    closed = true;
    for (const call of open.values()) {
      clearTimeout(call.timer);
      call.reject(new ChainPulseError("UNAVAILABLE", `the ${options.name} thread has ended`));
    }
    open.clear();
  };
  port.on("close", close);
  port.on("exit", close);

  const call = (method: string, args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new ChainPulseError("UNAVAILABLE", `the ${options.name} thread has ended`));
    return new Promise((resolve, reject) => {
      const id = nextId++;
      const timer = setTimeout(() => {
        open.delete(id);
        reject(
          new ChainPulseError("UNAVAILABLE", `the ${options.name} thread did not answer ${method} in ${options.timeoutMs} ms`),
        );
      }, options.timeoutMs);
      timer.unref();
      open.set(id, { resolve, reject, timer });
      port.postMessage({ id, method, args } satisfies Call);
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

/** The array buffers that a result holds, to be moved instead of copied. */
function buffersOf(value: unknown, depth = 0, found = new Set<TransferListItem>()): TransferListItem[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (depth < resultLevels && typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) if (typeof item === "object") buffersOf(item, depth + 1, found);
  }
  return [...found];
}

function isCall(message: unknown): message is Call {
  return typeof message === "object" && message !== null && "method" in message && "id" in message;
}

function isReply(message: unknown): message is Reply {
  return typeof message === "object" && message !== null && "id" in message && !("method" in message);
}
