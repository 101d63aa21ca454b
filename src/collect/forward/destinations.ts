/** The destinations that the configuration names. Each kind is loaded where there is one: most nodes have none, or one. */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../core/clock.ts";
import type { Config } from "../../core/config.ts";
import type { EngineConfig } from "../../core/config-forward.ts";
import { engineOf } from "../../core/engine-of.ts";
import type { DestinationFacts, DestinationKind } from "../../core/forward.ts";
import type { Logger } from "../../core/logger.ts";
import { shownWithPath } from "../../core/shown-address.ts";
import { version } from "../../core/version.ts";
import { addressOf } from "../../io/http-client.ts";
import { outboxIdentity, readLosses } from "../../store/outbox/notes.ts";
import type { Destination } from "./destination.ts";
import type { KnownMetrics } from "./known-metrics.ts";
import { enginePlace, hubPlace, otlpExportPlace, remoteWritePlace } from "./place-of.ts";

export interface DestinationOptions {
  readonly dataDir: string;
  /** Id of this node. */
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly known: KnownMetrics;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A destination before it is made. */
export interface DestinationPlan {
  readonly kind: DestinationKind;
  /** As those of the destination that is made. */
  readonly id: Destination["id"];
  readonly address: Destination["address"];
  /** What it is made of: an equal one need not be made anew. */
  readonly settings: unknown;
  /** `facts`: of the destination itself, once it runs. Rejects where what it needs cannot be had: files, room on the disk. */
  make(options: DestinationOptions, facts: () => DestinationFacts | null): Promise<Destination>;
}

export function plansOf(config: Config): readonly DestinationPlan[] {
  const engine = engineOf(config);
  return [
    ...config.remote_write.map(remoteWritePlan),
    ...config.otlp_export.map(otlpPlan),
    ...(engine === null ? [] : [enginePlan(engine)]),
    ...hubPlans(config),
  ];
}

export function isSamePlan(a: DestinationPlan, b: DestinationPlan): boolean {
  return a.kind === b.kind && isDeepStrictEqual(a.settings, b.settings);
}

function remoteWritePlan(settings: Config["remote_write"][number]): DestinationPlan {
  return {
    kind: "remote_write",
    id: remoteWritePlace(settings),
    address: addressOf(new URL(settings.url)),
    settings,
    async make(options) {
      const { createRemoteWrite } = await import("./remote-write/remote-write-destination.ts");
      return createRemoteWrite({ ...options, config: settings });
    },
  };
}

function otlpPlan(settings: Config["otlp_export"][number]): DestinationPlan {
  return {
    kind: "otlp",
    id: otlpExportPlace(settings),
    address: addressOf(new URL(settings.endpoint)),
    settings,
    async make(options) {
      const { createOtlpExport } = await import("./otlp/otlp-destination.ts");
      return createOtlpExport({ ...options, config: settings });
    },
  };
}

function enginePlan(settings: EngineConfig): DestinationPlan {
  return {
    kind: "engine",
    id: enginePlace,
    address: addressOf(new URL(settings.write_url)),
    settings,
    async make(options) {
      const { createRemoteWrite } = await import("./remote-write/remote-write-destination.ts");
      const config = { ...settings, url: settings.write_url, external_labels: {}, metadata_interval_ms: 60_000 };
      return { ...createRemoteWrite({ ...options, config, isOnlyCopy: true }), id: enginePlace };
    },
  };
}

function hubPlans({ hub, node, forwarding, sampling_interval_ms: samplingIntervalMs }: Config): readonly DestinationPlan[] {
  const { url } = hub;
  if (url === undefined) return [];
  return [
    {
      kind: "hub",
      id: hubPlace,
      address: shownWithPath(url),
      settings: { hub, node, forwarding, samplingIntervalMs },
      async make({ clock, dataDir, logger, node: id, wait }, facts) {
        const [{ createHubDestination }, { storedPages }] = await Promise.all([
          import("./hub/hub-destination.ts"),
          import("./hub/stored-pages.ts"),
        ]);
        return createHubDestination({
          hub: { ...hub, url },
          node: { id, type: node.type, labels: node.labels, version, samplingIntervalMs },
          outbox: outboxIdentity(dataDir),
          queue: () => {
            const { pendingBytes: bytes = 0, pendingSinceMs: oldestMs = null } = facts() ?? {};
            const lost = readLosses(dataDir).get(hubPlace);
            return {
              buffer: { bytes, maxBytes: forwarding.max_bytes, oldestMs },
              droppedSamples: lost?.samples ?? 0,
              gap: lost === undefined ? null : { fromMs: lost.fromMs, toMs: lost.toMs },
            };
          },
          clock,
          beside: { ...storedPages({ dataDir, node: id, logger }), wait, logger },
        });
      },
    },
  ];
}
