/** Events of the shown node's blockchain clients (`serve/telemetry/event-routes.ts`), as the pages read them. */
import type { StoredEvent } from "../../core/node-event.ts";
import { nodeUrl } from "./server.ts";

export interface EventPage {
  /** Newest first. */
  readonly events: readonly StoredEvent[];
  readonly next: string | null;
  readonly warnings: readonly string[];
}

/** Kinds that the chain's domain declares. */
export type ChainEventKind = "chain.block" | "chain.reorg" | "chain.duty" | "chain.client";

export interface EventWish {
  readonly kind: ChainEventKind;
  readonly limit: number;
  readonly subject?: string | undefined;
  /** Up to this time, ms since the epoch; default: the newest. */
  readonly toMs?: number | null;
  readonly cursor?: string | null;
}

export function eventsUrl({ kind, limit, subject, toMs = null, cursor = null }: EventWish): string {
  const query = new URLSearchParams({ kind, limit: String(limit) });
  if (subject !== undefined) query.set("subject", subject);
  if (toMs !== null) query.set("to", String(toMs / 1000));
  if (cursor !== null) query.set("cursor", cursor);
  return nodeUrl(`/events?${query.toString()}`);
}
