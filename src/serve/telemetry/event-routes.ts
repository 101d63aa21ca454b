/** Events of a node: blocks, reorganisations, missed duties; newest first. Which kinds there are the domains declare. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { EventDeclaration, EventFilter } from "../../core/node-event.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { nodeParams, requireNode } from "../rest/shapes.ts";
import { parseTime, timeText } from "../rest/time-range.ts";
import type { Services } from "../services.ts";
import { pageFields, readPage, warnings } from "./fields.ts";

const tag = "Events";

const kindShape = z
  .object({
    kind: z.string(),
    title: z.string(),
    help: z.string(),
    fields: z.record(z.string(), z.string()).meta({ description: "Field → what it says, with its unit." }),
  })
  .meta({ id: "EventKind" });

const value = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), z.record(z.string(), z.number())]);

const event = z
  .object({
    kind: z.string(),
    node: z.string(),
    subject: z.string().meta({ description: "Which of the node's programs it is about: a chain client's name." }),
    key: z.string().meta({ description: "Its identity within kind, node and subject: a block's hash." }),
    timeMs: z.number().meta({ description: "When it happened, ms since the epoch." }),
    fields: z.record(z.string(), value).meta({ description: "What the kind declares. Amounts in wei are decimal texts." }),
  })
  .meta({ id: "Event" });

const listQuery = z.strictObject({
  kind: z.string().min(1).max(64).meta({ description: "One of /api/v1/performance/event-kinds, e.g. chain.block." }),
  subject: z.string().max(256).optional(),
  key: z.string().max(256).optional(),
  from: timeText.optional().meta({ description: "Default: from the oldest one that is kept." }),
  to: timeText.optional(),
  ...pageFields,
});

export const eventKindsOf = ({ domains }: Pick<Services, "domains">): readonly EventDeclaration[] =>
  domains.flatMap(({ events = [] }) => events);

/** What a client asked for, as it was written. */
export interface EventWish {
  readonly kind: string;
  readonly subject?: string | undefined;
  readonly key?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Errors: `NODE_NOT_FOUND`; `BAD_REQUEST` for a kind that no domain declares, and for what is no time. */
export function eventFilterOf(services: Services, node: string, { kind, subject, key, from, to }: EventWish): EventFilter {
  requireNode(services, node);
  const kinds = eventKindsOf(services).map((one) => one.kind);
  if (!kinds.includes(kind)) {
    throw new ChainPulseError("BAD_REQUEST", `there are no events of the kind ${JSON.stringify(kind.slice(0, 64))}`, {
      fix: `Known kinds: ${kinds.join(", ")}.`,
    });
  }
  const timeOf = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseTime(text, services.clock.nowMs());
  return { kind, node, subject, key, fromMs: timeOf(from), toMs: timeOf(to) };
}

export const eventRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/event-kinds",
    access: "read",
    tag,
    summary: "The kinds of events that there are, and what their fields say.",
    answer: { status: 200, schema: z.object({ kinds: z.array(kindShape) }) },
    handle: ({ services }) => ({ kinds: eventKindsOf(services) }),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId/events",
    access: "read",
    tag,
    summary: "Events of one kind at a node, newest first: blocks, reorganisations, missed duties, what happened to clients.",
    params: nodeParams,
    query: listQuery,
    answer: { status: 200, schema: z.object({ events: z.array(event), next: z.string().nullable(), warnings }) },
    async handle({ services }, { params, query: { limit, cursor, ...wish }, reply }) {
      const filter = eventFilterOf(services, params.nodeId, wish);
      const { items, ...rest } = await services.telemetry.events(filter, readPage({ limit, cursor }), clientGone(reply));
      return { events: items.map(({ item }) => item), ...rest };
    },
  }),
];
