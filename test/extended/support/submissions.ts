/**
 * The part of a user with a thousand payments: they are signed beforehand, handed to one node at a steady pace, and written down with the
 * times of this process alone. Nobody who watches the nodes sees this record.
 */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Litecoind } from "./litecoind.ts";

const coin = z.object({ txid: z.string(), vout: z.int() });
const coins = z.tuple([coin], coin);

export type Coin = Readonly<z.infer<typeof coin>>;

export interface Payment {
  readonly hash: string;
  /** Signed, in hex. */
  readonly raw: string;
  /** The output that it spends. */
  readonly coin: Coin;
}

export interface Submission {
  readonly hash: string;
  /** Wall clock, ms: when it was sent to the node, and when the node had answered. */
  readonly sentMs: number;
  readonly answeredMs: number;
}

/** Each output of the fan-out, and what a payment of it leaves for the fee; in coins. 110 bytes pay a hundred times the least rate. */
const coinValue = 0.04;
export const usualFee = 0.0001;
/** A node has a few RPC threads, and a queue of 16. */
const atOnce = 4;

const signed = z.object({ hex: z.string(), complete: z.literal(true) });

/** So many outputs of one size at the wallet's own address, in a block; the block is made here. */
export async function fanOut(node: Litecoind, address: string, count: number): Promise<readonly Coin[]> {
  const [spent] = await node.ask(coins, "listunspent");
  const one = await node.ask(z.string(), "createrawtransaction", [spent], [{ [address]: coinValue }]);
  // The RPC takes an address once only. Version, one input without a script, then "01" and the output, then the lock time: the output is repeated.
  const headChars = 2 * (4 + 1 + 36 + 1 + 4);
  const output = one.slice(headChars + 2, -8);
  const raw = one.slice(0, headChars) + compactSize(count) + output.repeat(count) + one.slice(-8);
  const { hex } = await node.ask(signed, "signrawtransactionwithwallet", raw);
  // What the coins leave of a block's reward goes to the miner.
  const fan = await node.ask(z.string(), "sendrawtransaction", hex, 0);
  await node.ask(z.array(z.string()), "generatetoaddress", 1, address);
  return Array.from({ length: count }, (_, index) => ({ txid: fan, vout: index }));
}

/** Source: serialize.h of Bitcoin Core, WriteCompactSize; in hex, up to 65,535. */
function compactSize(count: number): string {
  const bytes = count < 0xfd ? Buffer.of(count) : Buffer.of(0xfd, count & 0xff, count >> 8);
  return bytes.toString("hex");
}

/** Payments that spend one coin each. They say that they may be replaced (BIP 125). */
export async function signPayments(
  node: Litecoind,
  spent: readonly Coin[],
  to: string,
  fee: number = usualFee,
): Promise<readonly Payment[]> {
  const value = Number((coinValue - fee).toFixed(8));
  const sign = async (coin: Coin): Promise<Payment> => {
    const raw = await node.ask(z.string(), "createrawtransaction", [coin], [{ [to]: value }], 0, true);
    const { hex } = await node.ask(signed, "signrawtransactionwithwallet", raw);
    // Of an output for witnesses (bech32) the id does not depend on the signature.
    const { txid } = await node.ask(z.object({ txid: z.string() }), "decoderawtransaction", hex);
    return { hash: txid, raw: hex, coin };
  };
  const payments: Payment[] = [];
  for (let at = 0; at < spent.length; at += atOnce) {
    payments.push(...(await Promise.all(spent.slice(at, at + atOnce).map(sign))));
  }
  return payments;
}

export async function submit(node: Litecoind, { hash, raw }: Payment): Promise<Submission> {
  const sentMs = Date.now();
  const answer = await node.ask(z.string(), "sendrawtransaction", raw);
  const answeredMs = Date.now();
  if (answer !== hash) throw new Error(`the node calls ${hash} ${answer}`);
  return { hash, sentMs, answeredMs };
}

/** One after the other, each at its time; `between` is called with the number of those submitted. */
export async function submitAll(
  node: Litecoind,
  payments: readonly Payment[],
  perSecond: number,
  between: (submitted: number) => void,
): Promise<readonly Submission[]> {
  const startMs = performance.now();
  const record: Submission[] = [];
  for (const payment of payments) {
    await wait(Math.max(0, startMs + (record.length * 1000) / perSecond - performance.now()));
    record.push(await submit(node, payment));
    between(record.length);
  }
  return record;
}
