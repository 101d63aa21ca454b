/** One thing beside the head that is read again and again: where it cannot be read it has no value, and says why. */
import type { ClientContext } from "./client-kind.ts";
import type { Gate } from "./gate.ts";
import { loop } from "./loop.ts";
import { openOptional, type Question } from "./optional.ts";

export interface Part extends Question {
  readonly intervalMs: number;
  read(): Promise<void>;
  /** Its series have no value. */
  readonly clear: () => void;
}

/** Resolves with the context's signal; never rejects. */
export function watchPart(context: ClientContext, gate: Gate, part: Part): Promise<void> {
  const { name, intervalMs, metrics } = part;
  let optional = openOptional(context);
  let openings = gate.openings;
  const onFailure = (failure: Error | null): void => {
    if (failure === null) return;
    part.clear();
    context.absent(name, metrics, { reason: "stale", detail: failure.message });
  };
  const read = async (): Promise<true> => {
    await part.read();
    return true;
  };
  return loop(context, { name, intervalMs, onFailure }, async () => {
    await gate.passed();
    // A client that was away may have come back with other settings.
    if (gate.openings !== openings) optional = openOptional(context);
    openings = gate.openings;
    if ((await optional(part, read)) === null) part.clear();
  });
}
