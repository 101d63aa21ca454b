/** Questions that not every client answers: what it refuses is asked again after a while only, and it is said why it is not known meanwhile. */
import type { Absence } from "../../../core/absence.ts";
import type { Metric } from "../../../core/metric.ts";
import { AskFailure } from "../../../io/json-rpc.ts";
import type { ClientContext } from "./client-kind.ts";
import { notOffered, offerPauseMs } from "./offer.ts";

/** A refusal of another kind may pass: an estimate that is not there yet. */
const refusalPauseMs = 60_000;

export interface Question {
  /** The method, or what is read: the absence's source. */
  readonly name: string;
  /** What cannot be had without it. */
  readonly metrics: readonly Metric[];
  /** What the operator can do where the client does not offer it. */
  readonly fix?: string;
}

/** Why there is no answer, and how long that is not asked again. */
export interface Patience {
  readonly absence: Absence;
  readonly pauseMs: number;
}

export interface Optional {
  /** The answer; `null` where the client does not give it, which is told as an absence. Rejects with failures that are to be tried again at once. */
  <T>(question: Question, ask: () => Promise<T>): Promise<T | null>;
}

/** `patience`: for failures other than that the client does not offer it; `null` of it: to be tried again at once. */
export function openOptional(context: ClientContext, patience: (failure: unknown) => Patience | null = impatient): Optional {
  const askAgainMs = new Map<string, number>();
  return async ({ name, metrics, fix }, ask) => {
    if ((askAgainMs.get(name) ?? -Infinity) > context.clock.monotonicMs()) return null;
    try {
      const answer = await ask();
      context.present(name);
      return answer;
    } catch (error) {
      const offer = notOffered(error, fix);
      // What was broken off says nothing of the client.
      const known =
        offer === null ? (context.signal.aborted ? null : patience(error)) : { absence: offer, pauseMs: offerPauseMs };
      if (known === null) throw error;
      askAgainMs.set(name, context.clock.monotonicMs() + known.pauseMs);
      context.absent(name, metrics, known.absence);
      return null;
    }
  };
}

function impatient(): null {
  return null;
}

/** RPC_IN_WARMUP of Bitcoin Core, rpc/protocol.h: it is about to be a client. */
export const warmingUp = -28;

/** Where several questions are put in one look: a refusal of one is no failure of the others. */
export function refusedForNow(failure: unknown): Patience | null {
  if (!(failure instanceof AskFailure) || failure.kind !== "refused" || failure.code === warmingUp) return null;
  return { absence: { reason: "not_present", detail: failure.message }, pauseMs: refusalPauseMs };
}
