/** Looks at a trace again and again, until what it is of waits for nothing any more. */
import { flowSentences } from "../../core/trace/flow-words.ts";
import type { TraceAnswer } from "./trace-answer.ts";

export interface FollowOptions {
  readonly read: () => Promise<TraceAnswer | null>;
  readonly wait: () => Promise<void>;
  /** Each answer that is not the last one. */
  readonly show: (answer: TraceAnswer | null) => void;
  /** A line whenever something has changed. */
  readonly tell: (line: string) => void;
}

/** The last answer: of what is included, replaced, dropped, or no transaction at all. */
export async function follow({ read, wait, show, tell }: FollowOptions): Promise<TraceAnswer> {
  let told: string | null = null;
  for (;;) {
    const answer = await read();
    if (answer !== null && isSettled(answer)) return answer;
    show(answer);
    const state = stateOf(answer);
    if (state !== told)
      tell(answer?.flow ? (flowSentences(answer.flow, answer.flow.startMs)[0] ?? "") : "Nothing is known of it yet.");
    told = state;
    await wait();
  }
}

function isSettled({ flow }: TraceAnswer): boolean {
  if (flow === null) return true;
  const { status } = flow;
  return status !== "pending" && status !== "reorged" && status !== "seen" && status !== null;
}

/** What is worth a line when it changes. */
function stateOf(answer: TraceAnswer | null): string {
  const flow = answer?.flow ?? null;
  if (flow === null) return "";
  return [flow.status, flow.places.length, flow.kind === "transaction" ? flow.waitingFor : ""].join(" ");
}
