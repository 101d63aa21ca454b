/**
 * Brings one destination what is in the outbox, in order: a batch at a time, tried again with growing pauses until it is taken, refused
 * or dropped from the queue. Nothing here throws for what the network does.
 */
import type { Clock } from "../../core/clock.ts";
import type { DestinationFacts, DestinationKind } from "../../core/forward.ts";
import type { Logger } from "../../core/logger.ts";
import { type OutboxRecord, sampleCount } from "../../store/outbox/outbox-record.ts";
import { type OutboxDamage, OutboxReader } from "../../store/outbox/outbox-reader.ts";
import type { Destination, LabelsOf, SendOutcome } from "./destination.ts";

/** Pauses between tries, doubling. Source: Prometheus config/config.go, DefaultQueueConfig: MinBackoff, MaxBackoff. */
const pauseMs = { first: 30, longest: 5000 };
/** What a server may ask us to wait at most, ms: one that says "in a year" has an error. */
const askedPauseMsMax = 10 * 60_000;

export interface SendLoopOptions {
  readonly destination: Destination;
  readonly kind: DestinationKind;
  readonly dataDir: string;
  /** The last record that it is done with. */
  readonly afterSeq: number;
  readonly labelsOf: LabelsOf;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How often something was put into the outbox, and the wait until it is more often than that. */
  readonly appended: AppendWatch;
  /** Called before each batch. */
  readonly refreshLabels: () => void;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onDamage: (damage: OutboxDamage) => void;
  /** Told with the time of the newest sample, whenever that is another one. */
  readonly onNewest: (timeMs: number) => void;
}

export interface AppendWatch {
  count(): number;
  /** Resolves also when the signal is aborted. */
  beyond(count: number, signal: AbortSignal): Promise<void>;
}

export interface SendLoop {
  /** The last record that the destination is done with. */
  readonly doneSeq: number;
  facts(): DestinationFacts;
  /** Sends what is there already, for at most `drainMs`, and ends. */
  stop(drainMs: number): Promise<void>;
}

export function startSendLoop(options: SendLoopOptions): SendLoop {
  const { destination, clock, wait, logger } = options;
  const closing = new AbortController();
  const cutting = new AbortController();
  const counts = { sent: 0, refused: 0, leftOut: 0, damaged: 0, retries: 0 };
  let failing: string | null = null;
  let refusal: string | null = null;
  let newestMs: number | null = null;
  let doneSeq = options.afterSeq;
  /** Samples that were read, and are not settled. */
  let inHand = 0;
  /** When nothing was waiting last. */
  let caughtUpMs = -Infinity;
  const startedMs = clock.nowMs();
  const reader = new OutboxReader({
    dataDir: options.dataDir,
    logger: logger.child({ destination: destination.id }),
    afterSeq: options.afterSeq,
    onDamage: (damage) => {
      counts.damaged += damage.samples;
      options.onDamage(damage);
    },
  });

  async function run(): Promise<void> {
    while (!cutting.signal.aborted) {
      const count = options.appended.count();
      const batch = reader.read(destination.maxSamples);
      const last = batch.at(-1);
      if (last === undefined) {
        caughtUpMs = clock.nowMs();
        if (closing.signal.aborted) return;
        await options.appended.beyond(count, closing.signal);
        continue;
      }
      inHand = samplesIn(batch);
      options.refreshLabels();
      if (await deliver(batch, last)) doneSeq = last.seq;
      if (!cutting.signal.aborted) inHand = 0;
    }
  }

  /** True when the destination is done with the batch; false when it was dropped from the queue, or time is over. */
  async function deliver(batch: readonly OutboxRecord[], last: OutboxRecord): Promise<boolean> {
    for (let pause = pauseMs.first; !cutting.signal.aborted; pause = Math.min(2 * pause, pauseMs.longest)) {
      const outcome = await destination.send(batch, options.labelsOf, cutting.signal);
      if (outcome.kind !== "retry") {
        settle(batch, outcome);
        return true;
      }
      if (cutting.signal.aborted) break;
      counts.retries++;
      // A receiver that stays away is told of once, unless it fails in another way.
      logger[failing === outcome.message ? "debug" : "warn"](`samples do not reach ${destination.address}`, {
        problem: outcome.message,
      });
      failing = outcome.message;
      const askedMs = Math.min(outcome.afterMs ?? 0, askedPauseMsMax);
      // With jitter, or all that lost one server would come back to it together.
      const waitMs = Math.max(askedMs, pause * (0.5 + options.random() / 2));
      await wait(waitMs, closing.signal.aborted ? cutting.signal : closing.signal);
      // What was dropped meanwhile is counted as that.
      if (last.seq < reader.oldestSeq) return false;
    }
    return false;
  }

  function settle(batch: readonly OutboxRecord[], outcome: Settled): void {
    const samples = samplesIn(batch);
    if (failing !== null) logger.info(`samples reach ${destination.address} again`);
    failing = null;
    const refused = outcome.kind === "refused" ? Math.min(outcome.count, samples) : 0;
    const leftOut = outcome.leftOut ?? 0;
    counts.sent += samples - refused - leftOut;
    counts.leftOut += leftOut;
    counts.refused += refused;
    if (outcome.kind === "refused") {
      // Once per kind of reason, without its figures: receivers name series and times.
      const isNew = refusal === null || kindOf(refusal) !== kindOf(outcome.message);
      logger[isNew ? "warn" : "debug"](`${destination.address} refuses samples: they are not sent again`, {
        reason: outcome.message,
        samples: refused,
      });
      refusal = outcome.message;
    }
    if (samples === refused) return;
    const before = newestMs;
    newestMs = Math.max(before ?? -Infinity, ...batch.map(newestOf));
    if (newestMs !== before) options.onNewest(newestMs);
  }

  // Our own bug or a disk that fails: without this it would end the thread, and all destinations with it.
  const running = run().catch((error: unknown) => {
    failing = error instanceof Error ? error.message : String(error);
    logger.error(`sending to ${destination.address} has ended`, { error });
  });

  return {
    get doneSeq() {
      return doneSeq;
    },
    facts() {
      const { bytes, sinceMs, samplesRead } = reader.backlog();
      return {
        id: destination.id,
        kind: options.kind,
        address: destination.address,
        ...counts,
        pendingBytes: bytes,
        pendingSinceMs: inHand === 0 && bytes === 0 ? null : Math.max(caughtUpMs, sinceMs ?? startedMs),
        samplesRead: samplesRead - inHand,
        newestMs,
        failing,
        refusal,
        spans: destination.spans?.() ?? null,
      };
    },
    async stop(drainMs) {
      const deadlineMs = clock.monotonicMs() + drainMs;
      closing.abort();
      const cut = setTimeout(() => cutting.abort(), Math.max(0, deadlineMs - clock.monotonicMs()));
      await running;
      clearTimeout(cut);
      reader.close();
      destination.close();
    },
  };
}

type Settled = Exclude<SendOutcome, { readonly kind: "retry" }>;

function samplesIn(batch: readonly OutboxRecord[]): number {
  return batch.reduce((sum, { samples }) => sum + sampleCount(samples), 0);
}

function kindOf(message: string): string {
  return message.replaceAll(/\d+|"[^"]*"|\{[^}]*\}/g, "");
}

function newestOf({ samples }: OutboxRecord): number {
  let newest = -Infinity;
  for (let i = 0; i < samples.count; i++) newest = Math.max(newest, samples.timesMs[i] ?? -Infinity);
  for (const { timeMs } of samples.histograms ?? []) newest = Math.max(newest, timeMs);
  return newest;
}
