/** What the demo needs of each chain node that it runs, whichever program it is. */
import type { ChildProgram } from "../../io/child-program.ts";
import type { Random } from "./arrivals.ts";

/** As in the configuration, below `chain.clients`; the demo adds that it is simulated. */
export interface DemoClient {
  readonly name: string;
  readonly kind: string;
  readonly rpc_url: string;
  readonly ws_url?: string;
  readonly cookie_file?: string;
}

export interface DemoNode {
  readonly client: DemoClient;
  readonly program: ChildProgram;
  /** Where its program prints to. */
  readonly logFile: string;
}

/** One thing that can go wrong, or much at once; it is over, and made good, when `run` resolves. */
export interface Fault {
  /** What it says when it begins. */
  readonly title: string;
  run(signal: AbortSignal): Promise<void>;
}

/** What makes a chain live. */
export interface DemoChain {
  readonly nodes: readonly DemoNode[];
  readonly faults: readonly Fault[];
  /** Transactions and blocks until `signal`; `trouble` takes what a node refused, once for each reason. */
  load(signal: AbortSignal, trouble: (message: string) => void): Promise<void>;
  close(): void;
}

/** What a chain is started with. */
export interface ChainOptions {
  /** Of the demo; the chain's files go below it. */
  readonly directory: string;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** A program that does not end at once is killed after this: a node that writes its state needs a moment. */
export const patienceMs = 15_000;
