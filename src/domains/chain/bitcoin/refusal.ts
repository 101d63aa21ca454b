/** What the errors of the Bitcoin Core family mean: a method that came later, needs an index, or is not allowed to this user; and things that are not there. */
import type { Metric } from "../../../core/metric.ts";
import { AskFailure } from "../../../io/json-rpc.ts";
import type { Question } from "../client/optional.ts";

/** A method that not every client of the family answers, and what cannot be had without it. */
export function question(name: string, metrics: readonly Metric[] = []): Question {
  return { name, metrics, fix: "It needs a newer client, or the method in the client's rpcwhitelist." };
}

/**
 * RPC_INVALID_ADDRESS_OR_KEY: no such thing; RPC_MISC_ERROR: pruned, or only its header is there; RPC_INVALID_PARAMETER: not in the best chain. Source:
 * Bitcoin Core rpc/protocol.h, rpc/blockchain.cpp.
 */
const missing: readonly (number | null)[] = [-5, -1, -8];

/** The answer, or `null` where the client does not have what it was asked for by its id. Rejects with other failures. */
export async function nullIfMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AskFailure && error.kind === "refused" && missing.includes(error.code)) return null;
    throw error;
  }
}
