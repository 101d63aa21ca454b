/** What a handler passes on with work that nobody may be waiting for any more. */
import type { FastifyReply } from "fastify";

/** Aborted when the connection closes, or has while the request was read. After a complete answer that means nothing: whoever listened has what it wanted. */
export function clientGone({ raw }: Pick<FastifyReply, "raw">): AbortSignal {
  if (raw.destroyed) return AbortSignal.abort();
  const controller = new AbortController();
  raw.once("close", () => controller.abort());
  return controller.signal;
}
