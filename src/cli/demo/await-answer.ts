/** Waits for a program that was just started to answer its RPC. */
import { AskFailure, type JsonRpc } from "../../io/json-rpc.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { passes } from "./arrivals.ts";
import type { DemoNode } from "./demo-node.ts";

const lookMs = 100;
const givenUpMs = 60_000;

/** Resolves with the first answer of `method`. Error: `DEMO_FAILED` where the program ends, or says nothing for a minute. */
export async function awaitAnswer(rpc: JsonRpc, method: string, node: DemoNode, signal: AbortSignal): Promise<unknown> {
  const endMs = performance.now() + givenUpMs;
  let last: string;
  do {
    const ended = node.program.ended();
    if (ended !== null) throw failed(node, `ended with ${ended}`);
    try {
      return await rpc.call(method);
    } catch (error) {
      // Not listening yet, no cookie yet, or warming up: whatever it is, it is told where it stays so.
      if (!(error instanceof AskFailure)) throw error;
      last = error.message;
    }
  } while (performance.now() < endMs && (await passes(lookMs, signal)));
  signal.throwIfAborted();
  throw failed(node, `does not answer: ${last}`);
}

function failed({ client, logFile }: DemoNode, how: string): ChainPulseError {
  return new ChainPulseError("DEMO_FAILED", `${client.name} ${how}`, {
    fix: `What it printed is in ${logFile}; --keep DIR keeps it.`,
  });
}
