/** TCP connect time and loss to the addresses in `host.targets`: what the path to a peer, an execution client or a relay costs. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { type ConnectResult, type ConnectTarget, connectFailures, measureConnect } from "../../../io/tcp-connect.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { targetMetrics as metrics } from "./metrics.ts";

/** Below the interval, so that attempts to one target never overlap. Linux repeats a lost SYN after 1 s and 3 s: both are waited for. */
const timeoutMs = 4000;

export const targetsCollector: CollectorDeclaration = {
  id: "host.targets",
  title: "Connect time to configured targets",
  metrics: Object.values(metrics),
  intervalMs: 10_000,
  open: openTargets,
};

function openTargets(context: CollectContext): Collector {
  const { targets } = context.config.host;
  if (targets.length === 0) {
    context.absent("targets", Object.values(metrics), {
      reason: "disabled",
      detail: "host.targets is empty",
      fix: "List HOST:PORT addresses under host.targets.",
    });
  }
  // The same address under the same name twice is one target.
  const distinct = new Map(targets.map((target) => [`${target.name ?? ""} ${target.address}`, target]));
  const probes = distinct
    .values()
    .map(({ name, address }) => openTarget(context, name ?? address, parseAddress(address)))
    .toArray();
  return {
    collect: async () => {
      await Promise.all(probes.map((probe) => probe()));
    },
  };
}

/** `host:port` or `[ipv6]:port`; the configuration's schema has checked the form. */
export function parseAddress(address: string): ConnectTarget {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

function openTarget(context: CollectContext, name: string, target: ConnectTarget): () => Promise<void> {
  const labels = { "chainpulse.target": cleanText(name), "server.address": target.host, "server.port": String(target.port) };
  const up = context.series(metrics.up, labels);
  const connectTime = context.series(metrics.connectTime, labels);
  const attempts = context.series(metrics.attempts, labels);
  const failures = connectFailures.map((failure) => ({
    failure,
    handle: context.series(metrics.failures, { ...labels, "error.type": failure }),
    count: 0,
  }));
  let attemptCount = 0;
  return async () => {
    const result: ConnectResult = await measureConnect(target, timeoutMs);
    attempts.set(++attemptCount);
    up.set(result.ok ? 1 : 0);
    if (result.ok) connectTime.set(result.seconds);
    else context.logger.debug("target cannot be reached", { target: name, failure: result.failure, detail: result.detail });
    for (const entry of failures) {
      if (!result.ok && result.failure === entry.failure) entry.count++;
      entry.handle.set(entry.count);
    }
  };
}
