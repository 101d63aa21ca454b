/** Starting one of ChainPulse's threads and talking with it: calls both ways by `rpc.ts`, events one way, an orderly end. */
import { type MessagePort, type TransferListItem, Worker } from "node:worker_threads";
import type { ThreadName } from "../core/runtime.ts";
import { receiveLogs } from "./logger-port.ts";
import type { RootLogger } from "./logger.ts";
import { connectCalls, type Remote, serveCalls } from "./rpc.ts";

/** An event that a thread sends without being asked. */
interface ThreadEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface ThreadOptions {
  readonly name: ThreadName;
  /** The program's own entry: a thread starts there and finds its part by `workerData.thread`. */
  readonly entry: URL;
  readonly data: Readonly<Record<string, unknown>>;
  /** What of the data is moved to it: ports. */
  readonly moved?: readonly TransferListItem[];
  /** Methods that the thread may call in turn. */
  readonly serves?: object;
  /** Limit of the thread's heap in MiB; at the limit the thread ends and the process goes on. */
  readonly heapMaxMb: number;
  /** Of its young generation; what it has touched of that it keeps for ever. */
  readonly youngMaxMb: number;
  /** Longest wait for the answer to one call. */
  readonly callTimeoutMs: number;
  /** The typed arrays in the arguments of calls are moved to the thread. */
  readonly givesArguments?: boolean;
  readonly logger: RootLogger;
  readonly onEvent: (event: string, data: unknown) => void;
  /** The thread has ended: with an error, or by `stop`. */
  readonly onExit: (error: Error | null) => void;
}

export interface Thread<Api> {
  readonly calls: Remote<Api>;
  /** Ends the thread at once; what it has acknowledged is stored already. */
  terminate(): Promise<void>;
}

export function startThread<Api>(options: ThreadOptions): Thread<Api> {
  const worker = new Worker(options.entry, {
    name: options.name,
    workerData: { thread: options.name, ...options.data },
    transferList: [...(options.moved ?? [])],
    resourceLimits: { maxOldGenerationSizeMb: options.heapMaxMb, maxYoungGenerationSizeMb: options.youngMaxMb },
  });
  receiveLogs(worker, options.logger, options.name);
  if (options.serves !== undefined) serveCalls(worker, options.serves);
  let failure: Error | null = null;
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on("exit", () => options.onExit(failure));
  worker.on("message", (message: unknown) => {
    if (isThreadEvent(message)) options.onEvent(message.event, message.data);
  });
  return {
    calls: connectCalls<Api>(worker, {
      name: options.name,
      timeoutMs: options.callTimeoutMs,
      givesArguments: options.givesArguments === true,
    }),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

/** The other end of `onEvent`. */
export function sendEvent(port: Pick<MessagePort, "postMessage">, event: string, data: unknown): void {
  port.postMessage({ event, data } satisfies ThreadEvent);
}

function isThreadEvent(message: unknown): message is ThreadEvent {
  return typeof message === "object" && message !== null && "event" in message;
}
