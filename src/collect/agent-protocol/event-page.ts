/** Events between agent and hub: JSON, compressed by zstd. They need no session, because each says what it is. */
import { z } from "zod";
import { isEventFields, isStorable, type NodeEvent } from "../../core/node-event.ts";

export const eventPageContentType = "application/vnd.chainpulse.events";

/**
 * `chars`: an agent ends a page with the event that reaches them; they are of its JSON, and a char takes up to three bytes. `bytes` and
 * `compressedBytes`: what a hub takes of a body.
 */
export const eventPageLimits = { events: 500, chars: 262_144, bytes: 1_048_576, compressedBytes: 524_288 } as const;

const event = z
  .object({
    kind: z.string(),
    subject: z.string(),
    key: z.string(),
    timeMs: z.number(),
    fields: z.custom<NodeEvent["fields"]>(isEventFields, "no fields of an event"),
  })
  .refine(isStorable, "an event is too long or no Unicode, or its time is none");

export const eventPage = z.object({
  /** What the node calls itself; a token for one node says it better. */
  node: z.string().min(1).max(128),
  events: z.array(event).max(eventPageLimits.events).readonly(),
});

export type EventPage = z.infer<typeof eventPage>;

export const eventPageAnswer = z.object({
  /** They are on the disk. */
  stored: z.int().nonnegative(),
});

export type EventPageAnswer = z.infer<typeof eventPageAnswer>;
