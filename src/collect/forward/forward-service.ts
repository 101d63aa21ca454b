/** What the forward thread does: a loop for each destination, one file of how far all of them have come. */
import { basename } from "node:path";
import type { Annotation } from "../../core/annotation.ts";
import type { Config } from "../../core/config.ts";
import type { DestinationFacts } from "../../core/forward.ts";
import { SeriesIndex } from "../../store/catalog/series-index.ts";
import { readCursors, writeCursors } from "../../store/outbox/notes.ts";
import type { OutboxDamage } from "../../store/outbox/outbox-reader.ts";
import { orMissing } from "../../store/outbox/segment-files.ts";
import type { ForwardApi } from "./api.ts";
import { type DestinationOptions, type DestinationPlan, isSamePlan, plansOf } from "./destinations.ts";
import { openLateDestination } from "./late-destination.ts";
import { type AppendWatch, type SendLoop, startSendLoop } from "./send-loop.ts";

/** How often the place of each destination is written down: a kill sends at most so much twice. */
const saveMs = 1000;
const drainOnChangeMs = 500;

export interface ForwardServiceOptions extends DestinationOptions {
  readonly config: Config;
  readonly appended: AppendWatch;
  readonly random: () => number;
  readonly annotate: (annotation: Annotation) => void;
  /** The engine that keeps the samples has taken some up to this time, ms since the epoch. */
  readonly onEngineNewest: (timeMs: number) => void;
  /** Told once a second. */
  readonly report: (facts: readonly DestinationFacts[]) => void;
  /** Default: what `destinations.ts` knows of. */
  readonly plansOf?: (config: Config) => readonly DestinationPlan[];
}

interface Running {
  readonly plan: DestinationPlan;
  readonly loop: SendLoop;
}

export function createForwardService(options: ForwardServiceOptions): ForwardApi {
  const { dataDir, logger, clock } = options;
  const index = new SeriesIndex(dataDir);
  const done = new Map(readCursors(dataDir).done);
  const damaged = new Set(readCursors(dataDir).damaged);
  let running: readonly Running[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isUnreadable = false;
  let isUnsaved = false;

  /** Labels that are not known yet are looked up; what cannot be read now may be with the next batch. */
  const refreshLabels = (): void => {
    try {
      index.refresh();
      isUnreadable = false;
    } catch (error) {
      if (!isUnreadable) logger.error("the series catalogue cannot be read: new series are not sent", { error });
      isUnreadable = true;
    }
  };
  const noteDamage = ({ path, samples, fromMs, toMs }: OutboxDamage): void => {
    if (damaged.has(basename(path))) return;
    damaged.add(basename(path));
    const title = `The queue to other servers was damaged: ${samples} samples are not sent`;
    options.annotate({ kind: "gap", title, timestampMs: fromMs, endMs: toMs, node: options.node });
  };
  /** A place that is not written down costs no samples: what was sent since is sent again after a restart. */
  const save = (): void => {
    for (const { plan, loop } of running) done.set(plan.id, loop.doneSeq);
    try {
      // With the last destination the outbox goes, before this thread does.
      orMissing(() => writeCursors(dataDir, { done, damaged }));
      isUnsaved = false;
    } catch (error) {
      if (!isUnsaved)
        logger.error("how far samples were sent cannot be written down: a restart would send some again", { error });
      isUnsaved = true;
    }
  };
  const start = async (plan: DestinationPlan): Promise<Running> => {
    let loop: SendLoop | null = null;
    const destination = await openLateDestination(plan, options, () => loop?.facts() ?? null);
    const afterSeq = done.get(plan.id) ?? 0;
    const labelsOf = index.labelsOf.bind(index);
    loop = startSendLoop({
      ...options,
      destination,
      kind: plan.kind,
      afterSeq,
      labelsOf,
      refreshLabels,
      onDamage: noteDamage,
      onNewest: (timeMs) => {
        if (plan.kind === "engine") options.onEngineNewest(timeMs);
      },
    });
    return { plan, loop };
  };
  const apply = async (config: Config): Promise<void> => {
    const plans = (options.plansOf ?? plansOf)(config);
    const ended = running.filter(({ plan }) => !plans.some((one) => isSamePlan(one, plan)));
    await Promise.all(ended.map(({ loop }) => loop.stop(drainOnChangeMs)));
    save();
    const kept = running.filter((one) => !ended.includes(one));
    const added = plans.filter((plan) => !kept.some((one) => isSamePlan(one.plan, plan)));
    running = [...kept, ...(await Promise.all(added.map(start)))];
    // What is not configured any more must not hold the queue.
    for (const id of done.keys()) if (!running.some(({ plan }) => plan.id === id)) done.delete(id);
    save();
  };
  /** One after the other: two at a time would each start what neither of them knows of the other. */
  let applied: Promise<void> = Promise.resolve();
  const applyInTurn = (config: Config): Promise<void> => {
    // Whoever asked for the one before is told of its failure.
    applied = applied.catch(() => undefined).then(() => apply(config));
    return applied;
  };

  return {
    async start() {
      refreshLabels();
      try {
        await applyInTurn(options.config);
      } finally {
        timer = setInterval(() => {
          save();
          options.report(running.map(({ loop }) => loop.facts()));
        }, saveMs);
      }
    },
    reconfigure: applyInTurn,
    async stop(drainMs) {
      await applied.catch(() => undefined);
      clearInterval(timer);
      const untilMs = clock.monotonicMs() + drainMs;
      await Promise.all(running.map(({ loop }) => loop.stop(untilMs - clock.monotonicMs())));
      save();
      index.close();
    },
  };
}
