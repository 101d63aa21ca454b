/** A real EVM node for tests: anvil, on a free port, with accounts that it signs for itself. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { endChild } from "../../bench/support/child.ts";

/** The program that its package holds for this machine; `null` where there is none: such packages are optional. */
export function anvilProgram(): string | null {
  const machine = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const path = fileURLToPath(new URL(`../../node_modules/@foundry-rs/anvil-${machine}/bin/anvil`, import.meta.url));
  return existsSync(path) ? path : null;
}

/** What `test` takes as `skip`: why tests with anvil cannot run here. In CI they must, so there it is never skipped. */
export const withoutAnvil: string | false =
  anvilProgram() === null && process.env["CI"] !== "true" ? "anvil is not installed for this machine" : false;

/** Quantities are hex, as the node writes them. */
const block = z.object({
  hash: z.string(),
  number: z.string(),
  timestamp: z.string(),
  gasUsed: z.string(),
  baseFeePerGas: z.string(),
  transactions: z.array(z.object({ hash: z.string() })),
});
const receipt = z.object({
  transactionHash: z.string(),
  to: z.string().nullable(),
  contractAddress: z.string().nullish(),
  gasUsed: z.string(),
  effectiveGasPrice: z.string(),
  status: z.string(),
  blockHash: z.string(),
  blockNumber: z.string(),
  transactionIndex: z.string(),
});
const answer = z.object({ result: z.unknown().optional(), error: z.object({ message: z.string() }).optional() });

export type NodeBlock = z.infer<typeof block>;
export type NodeReceipt = z.infer<typeof receipt>;

export interface Anvil extends AsyncDisposable {
  /** `http://127.0.0.1:41234`; its WebSocket is at the same port. */
  readonly url: string;
  readonly port: number;
  /** Addresses with 10,000 ether each. */
  readonly accounts: readonly string[];
  /** The result of a call. Rejects with the node's words. */
  ask(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** Its own answers of canonical blocks by number, both included. */
  blocks(first: number, last: number): Promise<readonly NodeBlock[]>;
  /** Of all transactions of a block. */
  receipts(number: number): Promise<readonly NodeReceipt[]>;
  receipt(hash: string): Promise<NodeReceipt>;
  /** The transaction's hash. */
  send(transaction: Readonly<Record<string, string>>): Promise<string>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Begins a new chain at the same address. Its block 0 differs by its time: a new one within a second must be told another (`--timestamp`). */
  start(more?: readonly string[]): Promise<void>;
}

/** `args`: e.g. `["--block-time", "1"]`, or `["--no-mining"]` where the test says when a block is made. */
export async function startAnvil(args: readonly string[]): Promise<Anvil> {
  const program = anvilProgram();
  if (program === null) throw new Error("anvil is not installed");
  let port = 0;
  let child: ChildProcess | null = null;
  const accounts: string[] = [];
  const ask = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = answer.parse(await response.json());
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const start = async (more: readonly string[] = []): Promise<void> => {
    const started = spawn(program, ["--host", "127.0.0.1", "--port", String(port), ...args, ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      const listening = /^Listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (listening === undefined) continue;
      port = Number(listening);
      break;
    }
    started.stdout.resume();
    if (port === 0) throw new Error("anvil ended before it listened");
    accounts.splice(0, Infinity, ...z.array(z.string()).parse(await ask("eth_accounts")));
  };
  const kill = async (): Promise<void> => {
    if (child !== null) await endChild(child, "SIGKILL");
    child = null;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    accounts,
    ask,
    async blocks(first, last) {
      const numbers = Array.from({ length: last - first + 1 }, (_, index) => hexOf(first + index));
      return Promise.all(numbers.map(async (number) => block.parse(await ask("eth_getBlockByNumber", [number, true]))));
    },
    receipts: async (number) => z.array(receipt).parse(await ask("eth_getBlockReceipts", [hexOf(number)])),
    receipt: async (hash) => receipt.parse(await ask("eth_getTransactionReceipt", [hash])),
    send: async (transaction) => z.string().parse(await ask("eth_sendTransaction", [transaction])),
    signal: (name) => void child?.kill(name),
    kill,
    start,
    [Symbol.asyncDispose]: kill,
  };
}

function hexOf(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * Creates a contract that writes as many slots as its argument says: `5f 35 …` is "n = calldata[0]; while n: sstore(n, n); n--", behind 12 bytes that
 * return it.
 */
export const loopContract = "0x6014600c60003960146000f35f355b8015601257808055600190036002565b00";

/** Data of a call of it. */
export function loopInput(slots: number): string {
  return `0x${slots.toString(16).padStart(64, "0")}`;
}
