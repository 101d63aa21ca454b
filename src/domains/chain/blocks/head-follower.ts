/**
 * One head after another, from a subscription or from polling: reads the ancestors that are missing, works out what has changed, and tells it.
 * Heads come from several loops at once; they are taken one at a time, in the order in which they came.
 */
import type { ClientContext } from "../client/client-kind.ts";
import { clientEvent } from "../events.ts";
import { reportHead, type SeenBlock } from "./block-report.ts";
import { type ChainTracker, type HeadChange, trackChain } from "./chain-tracker.ts";
import { readBranch } from "./read-branch.ts";

export interface HeadFollowerOptions<B extends SeenBlock> {
  /** The block with that hash, `null` where the client does not have it. Its `firstSeenMs` is `null`: it was not seen when it came. */
  readonly read: (hash: string) => Promise<B | null>;
  /** So many ancestors of the first head are read and told with it. Default: none. */
  readonly historyMax?: number;
}

export interface HeadFollower<B extends SeenBlock> {
  readonly tracker: ChainTracker<B>;
  /** The client's head is this block. Rejects as `read` does, and with `Contradiction`; then nothing has changed. */
  readonly follow: (head: B) => Promise<HeadChange<B>>;
}

/** So many blocks are remembered: deeper reorganisations than 64 blocks are told as `replaced` anyway. */
const rememberedMax = 256;
/** So many ancestors are asked for at once: more is a client that catches up. */
const branchMax = 64;

export function followHeads<B extends SeenBlock>(context: ClientContext, options: HeadFollowerOptions<B>): HeadFollower<B> {
  const { read, historyMax } = options;
  const tracker = trackChain<B>(rememberedMax);
  const stall = openStallWatch(context);
  let last: Promise<unknown> = Promise.resolve();

  const followNow = async (head: B): Promise<HeadChange<B>> => {
    const change = tracker.follow(await readBranch(tracker, head, branchMax, read, historyMax));
    reportHead(context, change);
    stall.look(change, tracker.canonical);
    return change;
  };

  return {
    tracker,
    follow(head) {
      const done = last.then(() => followNow(head));
      // Whoever asked is told of the failure; the next head does not depend on it.
      last = done.catch(() => undefined);
      return done;
    },
  };
}

/** A head is late when it has not moved for that many of its usual intervals, and for that long. Ours: nothing is published for all chains. */
const intervalsLate = 10;
const lateMsMin = 60_000;

interface StallWatch {
  look(change: HeadChange<SeenBlock>, canonical: readonly SeenBlock[]): void;
}

function openStallWatch(context: ClientContext): StallWatch {
  let movedMs = context.clock.monotonicMs();
  let isStalled = false;
  const tell = (what: "stalled" | "moving", detail: string): void => {
    const nowMs = context.clock.nowMs();
    context.emit(clientEvent.kind, `${what}-${nowMs}`, nowMs, { what, detail });
    context.annotate(`${context.target.name}: the head ${what === "stalled" ? "stands still" : "moves again"}`);
    isStalled = what === "stalled";
  };
  return {
    look({ kind, head }, canonical) {
      const nowMs = context.clock.monotonicMs();
      const stoodMs = nowMs - movedMs;
      if (kind !== "same") {
        movedMs = nowMs;
        if (isStalled) tell("moving", `block ${head.number} after ${Math.round(stoodMs / 1000)} s`);
        return;
      }
      const usualMs = usualIntervalMs(canonical);
      if (isStalled || usualMs === null || stoodMs < Math.max(lateMsMin, intervalsLate * usualMs)) return;
      tell(
        "stalled",
        `no block after ${head.number} for ${Math.round(stoodMs / 1000)} s; usual: ${Math.round(usualMs / 1000)} s`,
      );
    },
  };
}

/** Mean time between the remembered blocks' timestamps, ms; `null` for fewer than eight. */
function usualIntervalMs(canonical: readonly SeenBlock[]): number | null {
  const [first] = canonical;
  const last = canonical.at(-1);
  if (first === undefined || last === undefined || canonical.length < 8) return null;
  return (last.timestampMs - first.timestampMs) / (canonical.length - 1);
}
