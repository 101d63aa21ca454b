/**
 * The client's events: they say when a block was here, which no polling can. A client that does not know a topic refuses all of them, so the
 * newer one is given up first. Source: ethereum/beacon-APIs apis/eventstream/index.yaml.
 */
import { type HttpEndpoint, openHttpClient } from "../../../io/http-client.ts";
import { readEventStream, type ServerEvent } from "../../../io/event-stream.ts";
import { AskFailure, parsedJson } from "../../../io/json-rpc.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { loop } from "../client/loop.ts";
import { clientMetrics } from "../client/metrics.ts";
import { blockNotice, checkpointNotice } from "./answers.ts";

export interface BlockListener {
  /** There is this block. It may be told of more than once: when it passed validation, when it was imported, when it became the head. */
  readonly onBlock: (root: string, slot: number) => void;
  /** The checkpoint of that epoch is final. */
  readonly onFinalized: (epoch: number) => void;
  /** Something else has changed: finality, or a reorganisation. */
  readonly onChange: () => void;
}

export interface BlockEvents {
  /** Tells how long there has been no event. */
  tellAge(): void;
  /** Resolves once the client is not watched any more; never rejects. */
  readonly ended: Promise<void>;
}

/** `block_gossip` came with version 2.5 of the Beacon API (2023): a block that is only seen once it was imported is seen late. */
const topics = { known: ["head", "block", "chain_reorg", "finalized_checkpoint"], newer: "block_gossip" } as const;
const blockTopics: readonly string[] = ["head", "block", "block_gossip"];

/** A chain that lives has a block in 8 slots, even with half of its validators away. */
const silentSlots = 8;
const silenceMsMin = 60_000;
/** Between two tries, doubled for each in a row. */
const retryMs = 2000;

/** Throws where a PEM file cannot be read. */
export function watchBlockEvents(
  context: ClientContext,
  endpoint: HttpEndpoint,
  slotMs: number,
  { onBlock, onFinalized, onChange }: BlockListener,
): BlockEvents {
  const client = openHttpClient(endpoint);
  const age = context.series(clientMetrics.subscriptionAge, {});
  const arrival = context.series(blockMetrics.arrival, {});
  let hasNewer = true;
  /** On the monotonic clock; `null`: there is no stream. */
  let lastEventMs: number | null = null;

  const onEvent = ({ event, data }: ServerEvent): void => {
    lastEventMs = context.clock.monotonicMs();
    const garbage = (): void => context.count(clientMetrics.requestFailures, { "error.type": "garbage" }, 1);
    if (blockTopics.includes(event)) {
      const notice = blockNotice.safeParse(parsedJson(data));
      return notice.success ? onBlock(notice.data.block, notice.data.slot) : garbage();
    }
    onChange();
    if (event !== "finalized_checkpoint") return;
    const notice = checkpointNotice.safeParse(parsedJson(data));
    if (notice.success) onFinalized(notice.data.epoch);
    else garbage();
  };
  const onOpen = (): void => {
    context.present("events");
    lastEventMs = context.clock.monotonicMs();
  };
  const read = async (): Promise<void> => {
    const wanted = [...topics.known, ...(hasNewer ? [topics.newer] : [])];
    const path = `eth/v1/events?${wanted.map((topic) => `topics=${topic}`).join("&")}`;
    const silenceMsMax = Math.max(silenceMsMin, silentSlots * slotMs);
    try {
      await readEventStream(client, { path, signal: context.signal, silenceMsMax, onOpen, onEvent });
    } catch (error) {
      if (!hasNewer || !(error instanceof AskFailure) || error.kind !== "refused") throw error;
      hasNewer = false;
    } finally {
      lastEventMs = null;
      age.clear();
    }
  };
  const onFailure = (failure: Error | null): void => {
    if (failure === null) return;
    arrival.clear();
    const metrics = [blockMetrics.arrival, clientMetrics.subscriptionAge];
    context.absent("events", metrics, { reason: "stale", detail: `events: ${failure.message}` });
  };
  return {
    tellAge() {
      if (lastEventMs !== null) age.set((context.clock.monotonicMs() - lastEventMs) / 1000);
    },
    ended: loop(context, { intervalMs: retryMs, name: "events", onFailure }, read).finally(() => client.close()),
  };
}
