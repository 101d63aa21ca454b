/** A forward service over a real outbox, for tests: time passes when they say so, and destinations are what they give. */
import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Config, configSchema } from "../../core/config.ts";
import type { DestinationFacts } from "../../core/forward.ts";
import { keepLines, type LogLine } from "../../store/log-lines.test-support.ts";
import { readCursors } from "../../store/outbox/notes.ts";
import { Outbox } from "../../store/outbox/outbox.ts";
import type { ForwardApi } from "./api.ts";
import { createForwardService, type ForwardServiceOptions } from "./forward-service.ts";

export interface ServiceLab extends AsyncDisposable {
  readonly service: ForwardApi;
  readonly outbox: Outbox;
  readonly lines: LogLine[];
  /** A tick of one series. */
  readonly tick: (value: number) => void;
  /** A second, after which the service saves and reports. */
  readonly passSecond: () => void;
  /** What was reported last, by destination. */
  readonly reported: () => ReadonlyMap<string, DestinationFacts>;
  /** How often something was reported. */
  readonly reports: () => number;
  /** By destination: the last record that it is done with, as it is written down. */
  readonly cursors: () => ReadonlyMap<string, number>;
  /** Resolves once it is so, rejects where it does not become so. */
  readonly until: (isSo: () => boolean) => Promise<void>;
}

export interface ServiceLabOptions {
  readonly dataDir: string;
  /** Of the series in the ticks. Default: one that nobody has given out. */
  readonly ref?: number;
  readonly config?: Config;
  readonly plansOf?: ForwardServiceOptions["plansOf"];
}

const limits = { maxBytes: 1e9, maxAgeMs: 1e12 };
const patienceMs = 10_000;

export function openServiceLab(context: TestContext, options: ServiceLabOptions): ServiceLab {
  context.mock.timers.reset();
  context.mock.timers.enable({ apis: ["setInterval"] });
  const { dataDir, ref = 0, config = configSchema.parse({}), plansOf } = options;
  const { logger, lines } = keepLines();
  const clock = { nowMs: () => 1000, monotonicMs: () => 0 };
  let count = 0;
  let wake = Promise.withResolvers<undefined>();
  const outbox = new Outbox({
    dataDir,
    node: "n",
    clock,
    logger,
    ...limits,
    annotate: () => undefined,
    onAppend() {
      count++;
      wake.resolve(undefined);
      wake = Promise.withResolvers();
    },
  });
  const reports: (readonly DestinationFacts[])[] = [];
  const service = createForwardService({
    dataDir,
    node: "n",
    clock,
    logger,
    config,
    known: { declared: () => undefined, metadata: () => undefined, declaredMetadata: [] },
    wait: async () => nextTurn(),
    appended: {
      count: () => count,
      async beyond(seen, signal) {
        const ended = Promise.withResolvers<undefined>();
        signal.addEventListener("abort", () => ended.resolve(undefined));
        if (count === seen && !signal.aborted) await Promise.race([wake.promise, ended.promise]);
      },
    },
    random: () => 1,
    annotate: () => undefined,
    onEngineNewest: () => undefined,
    report: (facts) => void reports.push(facts),
    ...(plansOf === undefined ? {} : { plansOf }),
  });
  return {
    service,
    outbox,
    lines,
    tick: (value) => outbox.appendTick(1000 + value, Uint32Array.of(ref), Float64Array.of(value), 1),
    passSecond: () => context.mock.timers.tick(1000),
    reported: () => new Map(reports.at(-1)?.map((facts) => [facts.id, facts])),
    reports: () => reports.length,
    cursors: () => readCursors(dataDir).done,
    async until(isSo) {
      const startedMs = performance.now();
      while (!isSo()) {
        if (performance.now() - startedMs > patienceMs) throw new Error("it does not become so");
        await nextTurn();
      }
    },
    async [Symbol.asyncDispose]() {
      await service.stop(0);
      outbox.close();
    },
  };
}
