/**
 * What a block's transactions did with contracts, by contract and method: from the receipts (gas, outcome) and the transactions (selector). It is
 * the gas of whole transactions, whatever the contract called in turn: a share of the gas, not of the time.
 */
import type { EvmReceipt, EvmTransaction } from "../evm/shapes.ts";
import { selectorName } from "./selector-names.ts";

export interface ContractKey {
  /** Address; `accounts` for plain transfers, `new` for what creates a contract: addresses of those are as many as there are transactions. */
  readonly contract: string;
  readonly method: string;
}

export interface ContractUse extends ContractKey {
  readonly hash: string;
  readonly gas: number;
  /** `null` before Byzantium, where receipts do not tell. */
  readonly isOk: boolean | null;
}

/** Gas of a transaction that runs no code and has no data. Source: yellow paper, appendix G, G_transaction. */
const transferGas = 21_000;

/** Uses in the order of the transactions. `receipts` are those of exactly these transactions. */
export function contractUses(transactions: readonly EvmTransaction[], receipts: readonly EvmReceipt[]): readonly ContractUse[] {
  const inputs = new Map(transactions.map(({ hash, input }) => [hash, input]));
  return receipts.map(({ transactionHash, to, gasUsed, status }) => ({
    ...keyOf(to ?? null, inputs.get(transactionHash) ?? "0x", gasUsed),
    hash: transactionHash,
    gas: gasUsed,
    isOk: status === undefined || status === null ? null : status === 1,
  }));
}

function keyOf(to: string | null, input: string, gasUsed: number): ContractKey {
  if (to === null) return { contract: "new", method: "create" };
  if (input === "0x" && gasUsed === transferGas) return { contract: "accounts", method: "transfer" };
  return { contract: to, method: methodOf(input) };
}

/** Four bytes choose the method; fewer reach `receive` or `fallback`. Source: Solidity ABI specification, "Function Selector". */
export function methodOf(input: string): string {
  if (input === "0x") return "receive";
  if (input.length < 10) return "fallback";
  return selectorName(input.slice(0, 10).toLowerCase());
}
