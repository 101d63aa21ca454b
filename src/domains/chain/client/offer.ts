/** Methods that a client may not have, or may not let us use: that is no failure. */
import type { Absence } from "../../../core/absence.ts";
import { AskFailure, methodNotFound } from "../../../io/json-rpc.ts";

/** A client is started anew with other settings, or behind another proxy: no reason to ask at every look. */
export const offerPauseMs = 600_000;

/** METHOD NOT SUPPORTED. Source: EIP-1474. */
const methodNotSupported = -32_004;
/** Statuses by which a proxy says that it lets nobody, or not us, ask this. Source: RFC 9110 §15.5. */
const refusingStatuses = [401, 403, 405];
/** As clients that answer "internal error" say it: anvil "Not implemented", go-ethereum "notifications not supported". */
const refusingWords = /not (implemented|supported|available|allowed|enabled)|does not exist|unknown method/i;

/** Why the client does not offer it; `null`: the error says something else. */
export function notOffered(error: unknown, fix: string | undefined): Absence | null {
  if (!(error instanceof AskFailure) || error.kind !== "refused") return null;
  const isForbidden = error.code === 401 || error.code === 403;
  const isRefused =
    error.code === methodNotFound ||
    error.code === methodNotSupported ||
    refusingStatuses.includes(error.code ?? 0) ||
    refusingWords.test(error.message);
  if (!isRefused) return null;
  return {
    reason: isForbidden ? "no_permission" : "unsupported",
    detail: error.message,
    ...(fix === undefined ? {} : { fix }),
  };
}
