/** A slot of the canonical chain without a block: its proposer was away, or its block came too late. */
import type { EventValue } from "../../../core/node-event.ts";
import { unknownOfBlock } from "../blocks/block-report.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { blockEvent } from "../events.ts";
import { type ChainTime, slotStartMs } from "./chain-time.ts";

export function tellMissedSlot(context: ClientContext, time: ChainTime, slot: number, proposer: number | null): void {
  const timestampMs = slotStartMs(time, slot);
  context.count(blockMetrics.missedSlots, {}, 1);
  context.emit(blockEvent.kind, String(slot), timestampMs, {
    ...unknownOfBlock,
    number: slot,
    hash: null,
    parent: null,
    status: "missed",
    timestampMs,
    proposer,
  } satisfies Record<keyof typeof blockEvent.fields, EventValue>);
}
