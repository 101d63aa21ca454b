/** Rules in the running node: its groups on a timer, its alerts on their way to receivers, both changed by a new configuration. */
import type { Clock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { Logger } from "../../core/logger.ts";
import type { RuleSampleSink } from "../../core/rule-samples.ts";
import { createNotifier, type NotifierSettings } from "../notify/notifier.ts";
import { builtInGroups, type DomainRules } from "./built-in-rules.ts";
import { createNodeStorage, type RuleSource } from "./node-storage.ts";
import type { GroupDefinition } from "./rule-definition.ts";
import type { RuleWorld } from "./rule-group.ts";
import { RuleManager } from "./rule-manager.ts";

/** The timer looks at the clock at least so often: it may be set. */
const lookMsMax = 2000;

export interface RuleServiceOptions {
  readonly config: Config;
  /** Of the configuration's rule files. */
  readonly groups: readonly GroupDefinition[];
  /** ChainPulse's own. */
  readonly builtIn: readonly DomainRules[];
  readonly node: string;
  /** ChainPulse's own rules look at all nodes: those of a hub. */
  readonly everyNode: boolean;
  readonly source: RuleSource;
  readonly sink: RuleSampleSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RuleService {
  readonly manager: Pick<RuleManager, "groups" | "alerts" | "running">;
  /** Resolves when the new rules are in force. */
  reconfigure(config: Config, groups: readonly GroupDefinition[]): Promise<void>;
}

/** The thread is ended from outside: there is no end of it. */
export function startRules(options: RuleServiceOptions): RuleService {
  const { clock, logger } = options;
  const storage = createNodeStorage({
    ...options,
    groups: () => manager.facts(),
  });
  let { config } = options;
  const notifier = createNotifier({ ...receiversOf(config), clock, logger });

  const worldOf = (alerts: Config["alerts"]): RuleWorld => ({
    storage,
    clock,
    logger,
    sink: notifier,
    externalLabels: alerts.external_labels,
    externalUrl: externalUrlOf(config),
    resendDelayMs: alerts.resend_delay_ms,
    pause: () => new Promise((resolve) => void setImmediate(resolve)),
  });
  const manager = new RuleManager(worldOf(config.alerts));
  const update = (groups: readonly GroupDefinition[]): void => {
    const { built_in: isBuiltIn, evaluation_interval_ms: intervalMs } = config.alerts;
    const { node, everyNode } = options;
    const own = { node, everyNode, intervalMs, samplingIntervalMs: config.sampling_interval_ms };
    // Without collection there is nothing new to evaluate.
    const all = !config.enabled ? [] : isBuiltIn ? [...builtInGroups(options.builtIn, own), ...groups] : groups;
    manager.update(all, clock.nowMs(), { world: worldOf(config.alerts), intervalMs });
  };
  update(options.groups);

  /** The end of what is under way: an evaluation, or a change of the rules, never both. */
  let idle = Promise.resolve();
  const afterwards = (work: () => Promise<void>): Promise<void> => {
    const done = idle.then(work);
    idle = done.catch((error: unknown) => logger.error("rules could not be evaluated", { error }));
    return done;
  };
  const look = (): void => {
    void afterwards(() => manager.run(clock.nowMs()));
    void idle.then(() => {
      const waitMs = (manager.nextDueMs ?? Infinity) - clock.nowMs();
      setTimeout(look, Math.max(1, Math.min(waitMs, lookMsMax)));
    });
  };
  look();

  return {
    manager,
    reconfigure: (changed, groups) =>
      afterwards(async () => {
        config = changed;
        update(groups);
        await notifier.reconfigure(receiversOf(config));
      }),
  };
}

/** Who is told of alerts. */
function receiversOf(config: Config): NotifierSettings {
  const { alertmanagers, webhooks, external_labels: externalLabels } = config.alerts;
  const toReceiver = (receiver: (typeof alertmanagers)[number]) => ({
    url: receiver.url,
    timeoutMs: receiver.timeout_ms,
    bearerTokenFile: receiver.bearer_token_file,
    certificateFile: receiver.certificate_file,
    basicAuth:
      receiver.basic_auth === undefined
        ? undefined
        : { username: receiver.basic_auth.username, passwordFile: receiver.basic_auth.password_file },
  });
  return {
    alertmanagers: alertmanagers.map(toReceiver),
    webhooks: webhooks.map((webhook) => {
      return { ...toReceiver(webhook), name: webhook.name, repeatMs: webhook.repeat_interval_ms };
    }),
    externalLabels,
    externalUrl: externalUrlOf(config),
  };
}

/** Without a slash at the end, so that paths can be appended. */
function externalUrlOf({ alerts, server }: Config): string {
  const own = `${server.tls === undefined ? "http" : "https"}://${server.listen}`;
  return (alerts.external_url ?? own).replace(/\/+$/, "");
}
