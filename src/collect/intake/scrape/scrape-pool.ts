/**
 * The targets of one job: discovered, relabelled, told apart, and each scraped by a loop of its own.
 * Source: Prometheus 3 scrape/scrape.go, `scrapePool.sync`.
 */
import type { Labels } from "../../../core/labels.ts";
import type { Logger } from "../../../core/logger.ts";
import { createScrapeClient, type ScrapeClientOptions } from "../../../io/scrape-client.ts";
import type { DroppedTarget, PoolStatus } from "./api.ts";
import { type Discovery, startDiscovery } from "./discovery.ts";
import type { ScrapeJob } from "./job.ts";
import { hardLimits } from "./job.ts";
import { type ScrapeLoop, startScrapeLoop } from "./scrape-loop.ts";
import { ScrapedTarget, type ScrapeWorld } from "./scrape-target.ts";
import { offsetOf, type Target, targetOf } from "./target.ts";

export interface ScrapePoolOptions extends ScrapeWorld {
  readonly job: ScrapeJob;
  /** Spreads the scrapes of several servers over the interval. */
  readonly seed: string;
  readonly logger: Logger;
  /** Takes a target that is not scraped any more; its series are still to be ended. */
  readonly onGone: (target: ScrapedTarget) => void;
}

/** Problems that are told at once. */
const problemsMax = 20;

export class ScrapePool {
  readonly job: ScrapeJob;
  readonly #options: ScrapePoolOptions;
  readonly #client;
  readonly #discovery: Discovery;
  readonly #loops = new Map<string, ScrapeLoop>();
  #dropped: readonly Labels[] = [];
  #droppedCount = 0;
  #problems: readonly string[] = [];
  #refusal: string | null = null;

  constructor(options: ScrapePoolOptions) {
    this.job = options.job;
    this.#options = options;
    this.#client = createScrapeClient(clientOptions(options.job));
    this.#discovery = startDiscovery(options.job.config, options.logger, () => this.#sync());
    this.#sync();
  }

  targets(): readonly ScrapedTarget[] {
    return Array.from(this.#loops.values(), ({ scraped }) => scraped);
  }

  dropped(): readonly DroppedTarget[] {
    return this.#dropped.map((discoveredLabels) => ({ pool: this.job.name, discoveredLabels }));
  }

  get status(): PoolStatus {
    const targets = this.targets();
    return {
      pool: this.job.name,
      active: targets.length,
      up: targets.filter(({ status }) => status.health === "up").length,
      dropped: this.#droppedCount,
      problems: [...this.#discovery.problems(), ...this.#problems].slice(0, problemsMax),
    };
  }

  async stop(): Promise<void> {
    this.#discovery.close();
    await Promise.all([...this.#loops.keys()].map((key) => this.#end(key)));
    this.#client.close();
  }

  /** Begins and ends loops, so that there is one for each target. */
  #sync(): void {
    const wanted = this.#wanted();
    const { limits, name } = this.job;
    this.#refusal =
      wanted.size > limits.targets ? `the job ${name} has more targets than its limit of ${limits.targets}` : null;
    for (const key of this.#loops.keys()) if (!wanted.has(key)) void this.#end(key);
    for (const [key, target] of wanted) if (!this.#loops.has(key)) this.#loops.set(key, this.#begin(target));
  }

  /** Targets by their key: one that is found twice is scraped once. */
  #wanted(): ReadonlyMap<string, Target> {
    const wanted = new Map<string, Target>();
    const dropped: Labels[] = [];
    const problems: string[] = [];
    let droppedCount = 0;
    for (const discovered of this.#discovery.targets()) {
      const outcome = targetOf(discovered, this.job);
      if (outcome.kind === "target") {
        if (wanted.size < hardLimits.targets) wanted.set(outcome.target.key, outcome.target);
        else problems.push(`targets beyond ${hardLimits.targets} are left out`);
      } else if (outcome.kind === "dropped") {
        droppedCount++;
        if (dropped.length < this.job.keepDropped) dropped.push(outcome.discoveredLabels);
      } else problems.push(`${outcome.discoveredLabels["__address__"] ?? ""}: ${outcome.fault}`);
    }
    this.#dropped = dropped;
    this.#droppedCount = droppedCount;
    this.#problems = [...new Set(problems)];
    return wanted;
  }

  #begin(target: Target): ScrapeLoop {
    const { seed, clock, logger } = this.#options;
    const scraped = new ScrapedTarget({
      ...this.#options,
      target,
      client: this.#client,
      refusal: () => this.#refusal,
    });
    return startScrapeLoop({ target, scraped, offsetMs: offsetOf(target, seed), clock, logger });
  }

  async #end(key: string): Promise<void> {
    const loop = this.#loops.get(key);
    this.#loops.delete(key);
    if (loop === undefined) return;
    await loop.stop();
    this.#options.onGone(loop.scraped);
  }
}

function clientOptions({ config }: ScrapeJob): ScrapeClientOptions {
  const { basic_auth: basic, authorization, bearer_token_file: tokenFile, tls_config: tls } = config;
  const file = authorization?.credentials_file ?? tokenFile;
  return {
    followRedirects: config.follow_redirects,
    compressed: config.enable_compression,
    ...(file === undefined ? {} : { authorization: { type: authorization?.type ?? "Bearer", file } }),
    ...(basic === undefined
      ? {}
      : {
          basicAuth: {
            ...(basic.username === undefined ? {} : { username: basic.username }),
            ...(basic.username_file === undefined ? {} : { usernameFile: basic.username_file }),
            ...(basic.password_file === undefined ? {} : { passwordFile: basic.password_file }),
          },
        }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            anyCertificate: tls.insecure_skip_verify,
            ...(tls.ca_file === undefined ? {} : { caFile: tls.ca_file }),
            ...(tls.cert_file === undefined ? {} : { certFile: tls.cert_file }),
            ...(tls.key_file === undefined ? {} : { keyFile: tls.key_file }),
            ...(tls.server_name === undefined ? {} : { serverName: tls.server_name }),
            ...(tls.min_version === undefined ? {} : { minVersion: tls.min_version === "TLS13" ? "TLSv1.3" : "TLSv1.2" }),
          },
        }),
  };
}
