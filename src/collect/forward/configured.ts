/** What the configuration says of the ways out. */
import type { Config } from "../../core/config.ts";
import { engineOf } from "../../core/engine-of.ts";
import type { OutboxLimits } from "../../store/outbox/outbox.ts";

const hourMs = 3_600_000;

/** Limits of the queue; `null` where nothing is to be sent. */
export function outboxLimitsOf(config: Config): OutboxLimits | null {
  const { forwarding, hub } = config;
  const destinations = config.remote_write.length + config.otlp_export.length;
  if (destinations === 0 && engineOf(config) === null && hub.url === undefined) return null;
  return { maxBytes: forwarding.max_bytes, maxAgeMs: forwarding.max_hours * hourMs };
}
