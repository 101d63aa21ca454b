/** When a client's newest blocks came, and how well that is known: the client has told of them, or a look has found them. */
import type { ClientContext } from "../client/client-kind.ts";
import type { SeenBlockFacts } from "../flow/block-flow.ts";

export type Sight = Pick<SeenBlockFacts, "timeMs" | "method" | "resolutionMs">;

export interface HeadSight {
  /** The client tells of this block now. `wasThere`: it came before it was waited for, and after the last look. */
  told(hash: string, wasThere: boolean): Sight;
  /** How a block was seen that was told of; else `null`. */
  toldOf(hash: string): Sight | null;
  /** How one was seen that a look has found just now, at that time, and that was not told of. */
  polled(timeMs: number): Sight;
  /** A look is done that asked for the head at that time of the monotonic clock. */
  looked(askedMs: number): void;
}

/** Blocks that were told of and are remembered: a reorganisation tells of several at once. */
const toldMax = 64;

export function openHeadSight({ clock, chain }: Pick<ClientContext, "clock" | "chain">): HeadSight {
  const told = new Map<string, Sight>();
  let askedMs: number | null = null;
  const sinceLookMs = (): number => (askedMs === null ? chain.poll_interval_ms : clock.monotonicMs() - askedMs);
  return {
    told(hash, wasThere) {
      const resolutionMs = wasThere ? sinceLookMs() : 0;
      const sight = told.get(hash) ?? { timeMs: clock.nowMs(), method: "subscription", resolutionMs };
      told.set(hash, sight);
      const [oldest] = told.keys();
      if (told.size > toldMax && oldest !== undefined) told.delete(oldest);
      return sight;
    },
    toldOf: (hash) => told.get(hash) ?? null,
    polled: (timeMs) => ({ timeMs, method: "poll", resolutionMs: sinceLookMs() }),
    looked: (ms) => void (askedMs = ms),
  };
}
