/** What a node of the demo refuses is told once for each reason: under load the same reason comes many times a second. */
import { AskFailure } from "../../io/json-rpc.ts";

/** Reasons that are told; more would be a different one each time. */
const reasonsMax = 20;

/** Takes what a request was rejected with. A node that does not answer is not told: that is what a fault of the demo looks like. */
export function createTroubleNote(name: string, report: (message: string) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    if (error instanceof AskFailure && (error.kind === "timeout" || error.kind === "unreachable")) return;
    const message = error instanceof Error ? error.message : String(error);
    if (told.has(message) || told.size >= reasonsMax) return;
    told.add(message);
    report(`${name}: ${message}`);
  };
}
