/**
 * Decides when observers run. They do so in the intake thread, which costs memory: it is started for them as soon as one has something to
 * watch, and looked after from then on, because a thread that nobody asks anything is not missed when it hangs.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../core/config.ts";
import type { Logger } from "../core/logger.ts";
import type { ObserverDeclaration } from "../core/observer.ts";

/** Time between two looks, ms. */
const lookMs = 30_000;
/** A client that hangs holds up the end of ChainPulse no longer than that, ms. */
const endMsMax = 2000;

export interface ObservingOptions {
  readonly observers: readonly ObserverDeclaration[];
  readonly config: () => Config;
  /** The intake thread is there, whatever for. */
  readonly isRunning: () => boolean;
  /** Has the intake thread observe; starts it where it does not run. */
  readonly observe: () => Promise<void>;
  /** Has it end, where it runs. */
  readonly end: () => Promise<void>;
  readonly logger: Logger;
}

export interface Observing {
  /** Whether something is watched: the intake thread is to be there. */
  isWanted(): boolean;
  /** Looks now, and from time to time. */
  start(): void;
  /** Asks the observers anew: the configuration has changed. */
  reconsider(): void;
  /** Has observers go on in another intake thread: theirs has ended. */
  resume(): void;
  /** Ends orderly, within two seconds. */
  stop(): Promise<void>;
}

export function createObserving({ observers, config, isRunning, observe, end, logger }: ObservingOptions): Observing {
  let isWanted = false;
  let isLooking = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let trouble: string | null = null;

  const report = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== trouble) logger.error("nothing is observed", { error });
    trouble = message;
  };
  const isAnyWanted = async (): Promise<boolean> => {
    const current = config();
    const asked = observers.filter(({ followsOthers = false }) => !followsOthers || isRunning());
    return current.enabled && (await Promise.all(asked.map(async (one) => one.wanted(current)))).includes(true);
  };
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      isWanted ||= await isAnyWanted();
      if (isWanted && !isStopped) await observe();
      trouble = null;
    } catch (error) {
      if (!isStopped) report(error);
    } finally {
      isLooking = false;
    }
  };

  return {
    isWanted: () => isWanted,
    start() {
      if (observers.length === 0) return;
      timer = setInterval(() => void look(), lookMs).unref();
      void look();
    },
    reconsider() {
      isWanted = false;
      void look();
    },
    resume: () => void look(),
    async stop() {
      isStopped = true;
      clearInterval(timer);
      if (isWanted) await Promise.race([end().catch(report), wait(endMsMax, undefined, { ref: false })]);
    },
  };
}
