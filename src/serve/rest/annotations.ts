/** Marks on the time axis of all charts. */
import { z } from "zod";
import { type Annotation, annotationKinds } from "../../core/annotation.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { escapeText } from "../../io/log-format.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { annotation } from "./shapes.ts";
import { parseTime, timeText } from "./time-range.ts";

const path = "/api/v1/performance/annotations";
const tag = "Annotations";

/** The last moment of the year 9999: the last that RFC 3339 can write, and far from what breaks a `Date` in a page. */
const lastMs = 253_402_300_799_999;
const timeMs = z.number().int().min(0).max(lastMs);

/** Text that is shown on one line as it is: without what starts a terminal sequence or turns the direction of what follows. */
const harmless = (text: string): boolean => escapeText(text) === text;
const harmlessLines = (text: string): boolean => text.split(/[\n\t]/).every(harmless);
const message = "must not have control characters or marks of text direction";

const newAnnotation = z.strictObject({
  timestampMs: timeMs.optional().meta({ description: "Default: now." }),
  endMs: timeMs.optional(),
  kind: z.enum(annotationKinds),
  title: z.string().min(1).max(200).refine(harmless, { message }),
  text: z.string().max(4000).refine(harmlessLines, { message }).optional(),
});

export const annotationRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path,
    access: "read",
    tag,
    summary: "Annotations of a range; default: the last day.",
    query: z.strictObject({ from: timeText.default("-1d"), to: timeText.default("now") }),
    answer: { status: 200, schema: z.object({ annotations: z.array(annotation) }) },
    async handle({ services }, { query }) {
      const nowMs = services.clock.nowMs();
      const annotations = await services.query.annotations(parseTime(query.from, nowMs), parseTime(query.to, nowMs));
      return { annotations };
    },
  }),
  defineRoute({
    method: "POST",
    path,
    access: "write",
    tag,
    summary: "Puts a mark on every chart: a deployment, a restart, a note.",
    body: newAnnotation,
    answer: { status: 201, schema: annotation },
    async handle({ services, live }, { body, reply }) {
      const { timestampMs = services.clock.nowMs(), endMs, kind, title, text } = body;
      // Not in the schema, which does not know when now is.
      if (endMs !== undefined && endMs < timestampMs) {
        const begin = body.timestampMs === undefined ? "now, the default of timestampMs" : "timestampMs";
        throw new ChainPulseError("BAD_REQUEST", `endMs: must not be before ${begin}`);
      }
      const made: Annotation = {
        timestampMs,
        ...(endMs === undefined ? {} : { endMs }),
        kind,
        title,
        ...(text === undefined ? {} : { text }),
        node: services.nodeId,
      };
      await services.collect.annotate(made);
      live.announce(made);
      reply.code(201);
      return made;
    },
  }),
];
