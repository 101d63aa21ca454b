/** What an agent sends to its hub beside the samples, through the same connection: its events, and its spans. */
import type { NodeEvent } from "../../../core/node-event.ts";
import type { Span } from "../../../core/span.ts";
import type { PinnedResponse } from "../../../io/pinned-connection.ts";
import { type EventPage, eventPageContentType } from "../../agent-protocol/event-page.ts";
import { agentPaths } from "../../agent-protocol/exchange.ts";
import { spanPageAnswer, spanPageContentType, spanPageLimits } from "../../agent-protocol/span-page.ts";
import { Backoff } from "../backoff.ts";
import type { SendOutcome } from "../destination.ts";
import { type PageFeed, type PageSender, type PageSenderOptions, startPageSender } from "../page-sender.ts";
import { sendSpans } from "../spans/send-spans.ts";
import { encodeSpans } from "../spans/span-message.ts";
import { pageOutcomeOf } from "./hub-answer.ts";

export interface HubPagesOptions extends Pick<PageSenderOptions<never>, "address" | "wait" | "logger"> {
  readonly events: PageFeed<NodeEvent>;
  readonly spans: PageFeed<Span>;
  /** What the node calls itself. */
  readonly node: string;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Compresses and posts. Any status is an answer; rejects for what the network does. */
  readonly post: (path: string, contentType: string, page: Uint8Array, signal: AbortSignal) => Promise<PinnedResponse>;
}

/**
 * How often the store is looked at for something new, ms. A span is on the hub two seconds after it was told of: half a second in the
 * buffer before the store, this, and the way.
 */
const lookMs = { events: 2000, spans: 1000 } as const;

/** Returns the senders, which run until they are closed. */
export function startHubPages(options: HubPagesOptions): Readonly<Record<"events" | "spans", PageSender>> {
  const { node, random, post } = options;
  const sendEvents = async (events: readonly NodeEvent[], signal: AbortSignal): Promise<SendOutcome> => {
    const page = new TextEncoder().encode(JSON.stringify({ node, events } satisfies EventPage));
    const response = await post(agentPaths.events, eventPageContentType, page, signal);
    return response.status === 200 ? { kind: "stored" } : pageOutcomeOf(response, events.length);
  };
  const sendSpanPage = (spans: readonly Span[], signal: AbortSignal): Promise<SendOutcome> =>
    sendSpans(spans, { encode: encodeSpans, bytesMax: spanPageLimits.bytes }, async (page, count) => {
      const response = await post(agentPaths.spans, spanPageContentType, page, signal);
      if (response.status !== 200) return pageOutcomeOf(response, count);
      const { refused } = spanPageAnswer.parse(JSON.parse(response.body.toString("utf8")));
      return refused === 0 ? { kind: "stored" } : { kind: "refused", message: "they have no ids", count: refused };
    });
  const { address, wait, logger } = options;
  const common = { address, wait, logger };
  return {
    events: startPageSender({
      ...common,
      what: "events",
      feed: options.events,
      send: sendEvents,
      lookMs: lookMs.events,
      backoff: new Backoff(random),
    }),
    spans: startPageSender({
      ...common,
      what: "spans",
      feed: options.spans,
      send: sendSpanPage,
      lookMs: lookMs.spans,
      backoff: new Backoff(random),
    }),
  };
}
