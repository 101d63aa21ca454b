/**
 * What users do on an EVM chain: they send each other ether, call contracts that use little or much gas, fail, and pay more for what
 * they have sent already. They come at random, and now and then ten times as many.
 */
import { z } from "zod";
import { AskFailure, type JsonRpc } from "../../io/json-rpc.ts";
import { passes, type Random, runArrivals } from "./arrivals.ts";
import { createTroubleNote } from "./trouble.ts";

const perSecond = 6;
const burstFactor = 10;
const burstMs = 10_000;
/** Bursts come by themselves every minute and a half, in the mean. */
const burstsPerSecond = 1 / 90;
const receiptLookMs = 200;

/** Behind the 12 bytes that return it: a program of `length` bytes is created by this and its code. */
const creation = (code: string): string => {
  const length = (code.length / 2).toString(16).padStart(2, "0");
  return `0x60${length}600c60003960${length}6000f3${code}`;
};
/** `for (n = calldata[0]; n > 0; n--) storage[n] = n`: its caller says how much gas it uses. */
const loopCode = "5f355b8015601257808055600190036002565b00";
/** `revert(0, 0)`. */
const revertCode = "5f5ffd";
/** Each of the three loops has its own users: these write at most so many slots. */
const loopSlotsMax = [4, 16, 48] as const;
const loopGas = 1_500_000;
const failingGas = 60_000;

type Transaction = Readonly<Record<string, string>>;

export interface EvmLoadOptions {
  readonly rpc: JsonRpc;
  /** Unlocked, with ether; eight at least. */
  readonly accounts: readonly string[];
  readonly random: Random;
  readonly signal: AbortSignal;
}

export interface EvmLoad {
  /** Ten times as many arrivals for ten seconds from now. */
  readonly burst: () => void;
  /** Until `signal`. */
  readonly run: (signal: AbortSignal, trouble: (message: string) => void) => Promise<void>;
}

/** Puts the contracts on the chain. Rejects with `AskFailure` where the node refuses, and with the reason of an aborted `signal`. */
export async function createEvmLoad({ rpc, accounts, random, signal }: EvmLoadOptions): Promise<EvmLoad> {
  // The last account replaces its own transactions: nobody else may use its nonces meanwhile.
  const [users, replacer] = [accounts.slice(0, -1), accounts.at(-1) ?? ""];
  const create = (code: string): Promise<string> => createContract(rpc, { from: replacer, data: creation(code) }, signal);
  const loops: { readonly address: string; readonly slotsMax: number }[] = [];
  for (const slotsMax of loopSlotsMax) loops.push({ address: await create(loopCode), slotsMax });
  const reverting = await create(revertCode);
  let burstEndMs = 0;
  /** Who waits for an acknowledgement: two of one account at once would be given the same nonce. */
  const busy = new Set<string>();

  const oneOf = <T>(list: readonly T[], otherwise: T): T => list[Math.floor(random() * list.length)] ?? otherwise;
  const user = (): string => oneOf(users, replacer);
  const send = async (transaction: Transaction): Promise<void> => void (await rpc.call("eth_sendTransaction", [transaction]));
  /** What an account that is busy would do is left out. */
  const alone = async (from: string, act: () => Promise<void>): Promise<void> => {
    if (busy.has(from)) return;
    busy.add(from);
    try {
      await act();
    } finally {
      busy.delete(from);
    }
  };
  const tip = (): Transaction => feesOf(0.1 + 4.9 * random());
  const callLoop = (from: string): Promise<void> => {
    const loop = oneOf(loops, { address: reverting, slotsMax: 1 });
    const slots = 1 + Math.floor(random() * loop.slotsMax);
    return send({ from, to: loop.address, data: word(slots), gas: quantity(loopGas), ...tip() });
  };
  const replace = async (): Promise<void> => {
    try {
      const nonce = String(await rpc.call("eth_getTransactionCount", [replacer, "pending"]));
      const transaction = { from: replacer, to: user(), value: "0x1", nonce };
      await send({ ...transaction, ...feesOf(1) });
      // Every other one offers too little more: the node is to refuse it, and does.
      await send({ ...transaction, ...feesOf(random() < 0.5 ? 3 : 1.01) });
    } catch (error) {
      // Also where a block took the first one meanwhile, or an older one still has its place.
      refusedOnly(error);
    }
  };
  const arrive = (): Promise<void> => {
    const kind = random();
    if (kind >= 0.96) return alone(replacer, replace);
    const from = user();
    return alone(from, () => {
      if (kind < 0.62) return send({ from, to: user(), value: quantity(Math.floor(random() * 1e15)), ...tip() });
      if (kind < 0.88) return callLoop(from);
      return send({ from, to: reverting, gas: quantity(failingGas), ...tip() });
    });
  };
  const burst = (): void => {
    burstEndMs = performance.now() + burstMs;
  };

  return {
    burst,
    async run(until, report) {
      const trouble = createTroubleNote("anvil", report);
      const common = { random, signal: until, trouble };
      const rate = (): number => (performance.now() < burstEndMs ? burstFactor : 1) * perSecond;
      await Promise.all([
        runArrivals({ ...common, perSecond: rate, arrive, atOnceMax: accounts.length }),
        runArrivals({ ...common, perSecond: () => burstsPerSecond, arrive: async () => burst(), atOnceMax: 1 }),
      ]);
    },
  };
}

async function createContract(rpc: JsonRpc, transaction: Transaction, signal: AbortSignal): Promise<string> {
  const hash = await rpc.call("eth_sendTransaction", [transaction]);
  const receipt = z.object({ contractAddress: z.string() }).nullable();
  do {
    const found = receipt.parse(await rpc.call("eth_getTransactionReceipt", [hash]));
    if (found !== null) return found.contractAddress;
  } while (await passes(receiptLookMs, signal));
  throw signal.reason;
}

/** Base fee and all: what a transaction offers at most, with a tip of so many gwei. */
function feesOf(tipGwei: number): Transaction {
  const tip = Math.round(tipGwei * 1e9);
  return { maxPriorityFeePerGas: quantity(tip), maxFeePerGas: quantity(50 * tip + 50e9) };
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A 32-byte argument. */
function word(value: number): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

function refusedOnly(error: unknown): void {
  if (!(error instanceof AskFailure) || error.kind !== "refused") throw error;
}
