/** Where agents report to: hello, batches, events and spans, all for the door of agents. See docs/agent-protocol.md. */
import { TLSSocket } from "node:tls";
import type { FastifyReply, FastifyRequest } from "fastify";
import { batchLimits } from "../../collect/agent-protocol/batch-format.ts";
import { eventPageAnswer, eventPageContentType, eventPageLimits } from "../../collect/agent-protocol/event-page.ts";
import { agentPaths, batchAnswer, batchContentType, clockHeaders, helloAnswer } from "../../collect/agent-protocol/exchange.ts";
import { spanPageAnswer, spanPageContentType, spanPageLimits } from "../../collect/agent-protocol/span-page.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { ServeContext } from "../context.ts";
import type { Route } from "../http/route.ts";
import { defineIngestRoute, textErrors } from "../ingest/ingest-route.ts";

const common = { door: "agents", tag: "Agents", access: "agent", errors: textErrors, prepare } as const;
/** A hello is some hundred bytes, its labels a few KB. */
const helloBytesMax = 262_144;

export const agentRoutes: readonly Route[] = [
  defineIngestRoute({
    ...common,
    path: agentPaths.hello,
    summary: "An agent begins a session.",
    contentTypes: ["application/json"],
    bodyBytesMax: helloBytesMax,
    answer: { status: 200, schema: helloAnswer },
  }),
  defineIngestRoute({
    ...common,
    path: agentPaths.batches,
    summary: "A batch of an agent's samples; answered when they are on the disk.",
    contentTypes: [batchContentType],
    bodyBytesMax: batchLimits.compressedBytes,
    answer: { status: 200, schema: batchAnswer },
  }),
  defineIngestRoute({
    ...common,
    path: agentPaths.events,
    summary: "Events of an agent's node; answered when they are on the disk.",
    contentTypes: [eventPageContentType],
    bodyBytesMax: eventPageLimits.compressedBytes,
    answer: { status: 200, schema: eventPageAnswer },
  }),
  defineIngestRoute({
    ...common,
    path: agentPaths.spans,
    summary: "Spans of an agent's node; answered when they are on the disk.",
    contentTypes: [spanPageContentType],
    bodyBytesMax: spanPageLimits.compressedBytes,
    answer: { status: 200, schema: spanPageAnswer },
  }),
];

/** Only TLS 1.3 where there is TLS, and a certificate where agents are asked for one. Says when the request came. */
function prepare(
  { services }: ServeContext,
  { ip, raw: { socket } }: FastifyRequest,
  reply: FastifyReply,
): Record<string, string> {
  if (socket instanceof TLSSocket) {
    const version = socket.getProtocol();
    if (version !== "TLSv1.3") throw new ChainPulseError("FORBIDDEN", `agents speak TLS 1.3, not ${version}`);
    if ((services.config().server.tls?.client_auth ?? "none") !== "none" && !socket.authorized) {
      throw new ChainPulseError("FORBIDDEN", "this hub asks its agents for a certificate", {
        fix: "Set hub.cert_file and hub.key_file on the node to one that the hub's server.tls.client_ca_file has signed.",
      });
    }
  }
  reply.header(clockHeaders.received, services.clock.nowMs() - reply.elapsedTime);
  return { "x-chainpulse-address": ip };
}
