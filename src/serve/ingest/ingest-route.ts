/**
 * A route whose requests go to a door of the intake thread, undecoded, and whose answers come from there. Doors of all protocols are made
 * with this. What is refused here (too large, no token, too much at once) is counted like what the door refuses.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ChainPulseError, errorCodes } from "../../core/errors.ts";
import type { DoorName } from "../../core/intake.ts";
import type { DoorRequest } from "../../collect/intake/door.ts";
import { addInFlight, countRequest } from "../../collect/intake/intake-table.ts";
import type { ServeContext } from "../context.ts";
import { takeInFlight } from "../http/raw-body.ts";
import { type Answer, defineRoute, type ErrorWriter, type Route } from "../http/route.ts";

/** The largest body, compressed. Prometheus sends some 100 KB, an agent that catches up up to 4 MB. */
const bodyBytesMax = 33_554_432;

export interface IngestRoute {
  readonly path: string;
  readonly door: DoorName;
  readonly tag: string;
  readonly summary: string;
  readonly contentTypes: readonly string[];
  readonly answer: Answer;
  /** Further headers that the door wants to see, lower case. */
  readonly headers?: readonly string[];
  readonly bodyBytesMax?: number;
  /** Default: `ingest`. */
  readonly access?: "ingest" | "agent";
  /** Further headers for the door and for the answer; throws what speaks against the request. */
  readonly prepare?: (context: ServeContext, request: FastifyRequest, reply: FastifyReply) => Readonly<Record<string, string>>;
  /** How errors that do not come from the door are written. */
  readonly errors: ErrorWriter;
}

export function defineIngestRoute(declaration: IngestRoute): Route {
  const { path, door, tag, summary, contentTypes, answer, headers = [], errors, prepare } = declaration;
  return defineRoute({
    method: "POST",
    path,
    access: declaration.access ?? "ingest",
    tag,
    summary,
    answer,
    rawBody: { contentTypes },
    bodyBytesMax: declaration.bodyBytesMax ?? bodyBytesMax,
    errors: {
      contentType: errors.contentType,
      send(error, request, reply, context) {
        countRequest(context.services.intakeTable, door, errorCodes[error.code].status, 0);
        errors.send(error, request, reply, context);
      },
    },
    handle(context, { request, reply }) {
      const further = prepare?.(context, request, reply) ?? {};
      return passOn(context, door, requestOf(request, headers, further), reply);
    },
  });
}

async function passOn({ services }: ServeContext, door: DoorName, request: DoorRequest, reply: FastifyReply): Promise<unknown> {
  const { intakeTable } = services;
  // Its own after the call: the body is given away with it.
  const bytes = request.body.length;
  try {
    takeInFlight(intakeTable, bytes);
    const { status, headers, body } = await services.intake.receive(door, request);
    reply.code(status).headers(headers);
    if (body.length === 0) return "";
    return Buffer.from(body.buffer, body.byteOffset, body.length);
  } finally {
    addInFlight(intakeTable, -bytes);
  }
}

function requestOf(
  { headers, body, principal }: FastifyRequest,
  names: readonly string[],
  further: Readonly<Record<string, string>>,
): DoorRequest {
  return {
    contentType: headers["content-type"] ?? "",
    contentEncoding: headers["content-encoding"] ?? "",
    headers: {
      ...Object.fromEntries(
        names.flatMap((name) => {
          const value = headers[name];
          return typeof value === "string" ? [[name, value]] : [];
        }),
      ),
      ...further,
    },
    body: body instanceof Uint8Array && body.buffer instanceof ArrayBuffer ? new Uint8Array(body.buffer) : new Uint8Array(0),
    node: principal?.node ?? null,
  };
}

/** How long a sender waits that came at a bad time, seconds; a full disk needs somebody to make room. */
export function retryAfterOf({ code }: ChainPulseError): number | null {
  if (code === "STORE_FULL") return 10;
  return code === "UNAVAILABLE" || code === "TOO_MANY_REQUESTS" ? 1 : null;
}

/** Plain text, as Prometheus answers senders. */
export const textErrors: ErrorWriter = {
  contentType: "text/plain",
  send(error, _request, reply) {
    const retryAfter = retryAfterOf(error);
    if (retryAfter !== null) reply.header("retry-after", retryAfter);
    if (error.code === "UNAUTHENTICATED") reply.header("www-authenticate", 'Bearer realm="chainpulse"');
    const text = error.code === "INTERNAL" ? errorCodes.INTERNAL.title : error.message;
    void reply.code(errorCodes[error.code].status).type("text/plain; charset=utf-8").send(`${text}\n`);
  },
};
