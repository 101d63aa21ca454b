/** What a handler passes on with work that nobody may be waiting for any more. */
import type { FastifyReply } from "fastify";

/** Aborted when the connection closes. After a complete answer that means nothing: whoever listened has what it wanted. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => controller.abort());
  return controller.signal;
}
