/** A body as it came, in memory of its own: it is moved to another thread, which a part of Node's shared pool cannot be. */
import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { addInFlight, type IntakeTable } from "../../collect/intake/intake-table.ts";
import { ChainPulseError } from "../../core/errors.ts";

/** As many bytes of bodies are in memory at once, on their way here or to the doors; beyond them senders are asked to come again. */
const inFlightBytesMax = 134_217_728;

/**
 * Errors: `PAYLOAD_TOO_LARGE`, before it is read where its length is declared, else as soon as it is longer; `TOO_MANY_REQUESTS` as soon as
 * all bodies together are too much.
 */
export async function readRawBody(
  { headers, routeOptions }: FastifyRequest,
  payload: IncomingMessage,
  table: IntakeTable,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bodyLimit } = routeOptions;
  if (Number(headers["content-length"] ?? 0) > bodyLimit) throw tooLarge(bodyLimit);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of payload) {
      // Node gives buffers where no encoding was set.
      if (!(chunk instanceof Uint8Array)) throw new TypeError("a body came as text");
      length += chunk.length;
      takeInFlight(table, chunk.length);
      if (length > bodyLimit) throw tooLarge(bodyLimit);
      chunks.push(chunk);
    }
  } finally {
    addInFlight(table, -length);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** Throws `TOO_MANY_REQUESTS`; the bytes are counted then, too. */
export function takeInFlight(table: IntakeTable, bytes: number): void {
  if (addInFlight(table, bytes) <= inFlightBytesMax) return;
  throw new ChainPulseError("TOO_MANY_REQUESTS", "more is sent at once than can be worked on", {
    fix: "Send it again after a while; senders do so by themselves.",
  });
}

function tooLarge(bodyLimit: number): ChainPulseError {
  return new ChainPulseError("PAYLOAD_TOO_LARGE", `the body is longer than ${bodyLimit.toLocaleString("en-US")} bytes`, {
    fix: "Send smaller batches.",
  });
}
