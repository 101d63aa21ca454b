/** The loop that looks at a client's head. It says for all the others whether the client answers: they wait at the gate while it does not. */
import { AskFailure } from "../../../io/json-rpc.ts";
import type { Ask } from "./ask.ts";
import type { ClientContext } from "./client-kind.ts";
import { Contradiction } from "./contradiction.ts";
import type { Gate } from "./gate.ts";
import { loop } from "./loop.ts";
import type { Wake } from "./wake.ts";

/** One that goes on after it stood still is seen within that and the time for a request. */
export const awayMsMax = 5000;

export interface HeadOptions {
  readonly ask: Pick<Ask, "failed">;
  readonly gate: Gate;
  readonly wake?: Wake;
  /** A client that answers, though nothing that can be believed, is given so many chances. Default: 1. */
  readonly chances?: number;
  /** Its values have been cleared: what is remembered of it may not be so any more. */
  readonly onAway?: () => void;
  /** Calls `answered` as soon as the client has: what takes longer may follow. Rejects where the head cannot be read. */
  readonly look: (answered: () => void) => Promise<void>;
}

/** Resolves with the context's signal; never rejects. */
export function watchHead(context: ClientContext, options: HeadOptions): Promise<void> {
  const { ask, gate, wake, chances = 1, onAway, look } = options;
  let inRow = 0;
  const onFailure = (failure: Error | null): void => {
    if (failure === null) return;
    inRow++;
    if (failure instanceof Contradiction) ask.failed("contradiction");
    const isGone = failure instanceof AskFailure && (failure.kind === "unreachable" || failure.kind === "timeout");
    if (!isGone && inRow < chances) return;
    gate.close();
    context.clear(failure);
    onAway?.();
  };
  const { poll_interval_ms: intervalMs } = context.chain;
  const looks = { name: "head", intervalMs, failureMsMax: awayMsMax, onFailure, ...(wake === undefined ? {} : { wake }) };
  const answered = (): void => {
    inRow = 0;
    context.answered();
    gate.open();
  };
  return loop(context, looks, () => look(answered));
}
