/**
 * Waits for the next block where the client offers it (`waitforblockheight`, since 0.14), so that a block is seen within milliseconds, and
 * not at the next poll. It asks for a height, and not for any change (`waitfornewblock`), because a block that comes between two questions would be
 * missed there; a reorganisation to the same height is seen by the poll. One of the client's RPC threads waits along (4 by default, 16 since 28).
 */
import { openJsonRpc } from "../../../io/json-rpc.ts";
import { loop } from "../client/loop.ts";
import { awayMsMax } from "../client/watch-head.ts";
import type { Wake } from "../client/wake.ts";
import { waitAnswer } from "./answers.ts";
import { question } from "./refusal.ts";
import { type FollowedChain, isCatchingUp, type Watched } from "./follow-chain.ts";

export interface AwaitOptions {
  readonly chain: FollowedChain;
  /** Called when there is a block. */
  readonly wake: Wake;
  /** Called by the loop that looks at the head, after each look. */
  readonly looked: Wake;
}

/** Between two waits: what a client that answers at once, or not at all, is asked at most. */
const pauseMs = 100;
/** What is answered within that time after it was asked for may have been there already: a busy client takes that long to say so. */
const atOnceMs = 300;
/** The server's answer needs a part of the time for a request. */
const answerMs = 500;

/** Resolves when the client is not watched any more. */
export async function awaitBlocks({ context, optional }: Watched, { chain, wake, looked }: AwaitOptions): Promise<void> {
  const { rpc: endpoint } = context.target;
  if (endpoint === null) return;
  // Its own connection, and not counted as a question: what it takes is no latency of the client.
  const rpc = openJsonRpc(endpoint);
  const waitMs = Math.max(answerMs, endpoint.timeoutMs - answerMs);
  await loop(context, { name: "wait for a block", intervalMs: pauseMs, failureMsMax: awayMsMax }, async () => {
    const { info } = chain;
    const askedMs = context.clock.monotonicMs();
    const answer =
      info === null || isCatchingUp(info)
        ? null
        : await optional(question("waitforblockheight"), () =>
            rpc.call("waitforblockheight", [info.blocks + 1, waitMs], { signal: context.signal }),
          );
    const parsed = waitAnswer.safeParse(answer);
    if (parsed.success && info !== null && parsed.data.height > info.blocks) {
      const { hash, height } = parsed.data;
      chain.announced({ hash, number: height, wasThere: context.clock.monotonicMs() - askedMs < atOnceMs });
      wake.call();
    }
    if (!parsed.success || parsed.data.height > (info?.blocks ?? 0))
      await looked.wait(context.chain.poll_interval_ms, context.signal);
  });
  rpc.close();
}
