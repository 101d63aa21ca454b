/** What the doors of metrics, traces and logs have in common: from the body as it came to the answer in its own encoding. */
import { ChainPulseError, errorCodes } from "../../../core/errors.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { type Door, type DoorAnswer, type DoorContext, type DoorRequest, textAnswer } from "../door.ts";
import { Refusals } from "../remote-write/refusals.ts";
import { errorAnswer, type OtlpSignal, successAnswer } from "./answers.ts";
import { jsonToProtobuf } from "./json-to-protobuf.ts";
import type { MessageShape } from "./otlp-messages.ts";
import { contentTypes, encodingOf, inflatedBody, type OtlpEncoding } from "./request-body.ts";

/** One kind of request. */
export interface OtlpSignalReader {
  readonly signal: OtlpSignal;
  readonly shape: MessageShape;
  /** What the things in it are called, for messages. */
  readonly things: string;
  /** Stores what is in the request, and tells of what is not taken. Errors: `ProtobufError`, and those of the stores. */
  readonly take: (reader: ProtoReader, refusals: Refusals) => Promise<void>;
}

/** What these doors use of what all are given. */
export type OtlpContext = Pick<DoorContext, "sink" | "telemetry" | "config" | "tally" | "clock" | "logger">;

/** What is over in a moment. */
const retryAfterSeconds = { UNAVAILABLE: 1, TOO_MANY_REQUESTS: 1 } as const;

export function createOtlpDoor(context: OtlpContext, signal: OtlpSignalReader): Door {
  return {
    async answer(request, weigh) {
      const encoding = encodingOf(request.contentType);
      if (encoding === null) {
        return textAnswer(415, `the body is neither ${contentTypes.protobuf} nor ${contentTypes.json}\n`);
      }
      try {
        return await answerIn(encoding, request, context, signal, weigh);
      } catch (error) {
        return answerOf(encoding, error, context);
      }
    },
  };
}

async function answerIn(
  encoding: OtlpEncoding,
  { body, contentEncoding, node }: DoorRequest,
  { config, tally }: OtlpContext,
  { signal, shape, things, take }: OtlpSignalReader,
  weigh: (bytes: number) => void = () => undefined,
): Promise<DoorAnswer> {
  // What OTLP carries belongs to no node of ours, so nothing of it can be within such a token's bounds.
  if (node !== null) throw new ChainPulseError("FORBIDDEN", `this token is for what the node ${node} sends as an agent`);
  const inflated = inflatedBody(body, contentEncoding, config().otlp.max_body_bytes);
  const bytes = encoding === "json" ? jsonToProtobuf(inflated, shape) : inflated;
  weigh(inflated.length);
  const refusals = new Refusals();
  await take(new ProtoReader(bytes), refusals);
  for (const [reason, count] of refusals.counts()) tally.refused(reason, count);
  return successAnswer(encoding, signal, refusals.count, refusals.count === 0 ? "" : refusals.text(things));
}

/**
 * What is wrong with the request, or has failed here. A failure is answered, not thrown on: the service would answer in plain text, and with
 * a status that exporters take for the last word. What nobody has foreseen is the log's business alone.
 */
function answerOf(encoding: OtlpEncoding, error: unknown, { logger }: OtlpContext): DoorAnswer {
  if (error instanceof ProtobufError) return errorAnswer(encoding, 400, error.message);
  const { code, message } = error instanceof ChainPulseError ? error : unforeseen;
  const { status } = errorCodes[code];
  const retryAfter = Object.entries(retryAfterSeconds).find(([known]) => known === code)?.[1];
  const answer = errorAnswer(encoding, status, code === "INTERNAL" ? unforeseen.message : message, retryAfter);
  const isFailure = answer.status !== status;
  // A full disk and a thread that is busy say so themselves, once, and not with each request.
  if (isFailure) logger.error("what came to a door could not be stored", { error });
  return { ...answer, isFailure };
}

const unforeseen = { code: "INTERNAL", message: errorCodes.INTERNAL.title } as const;
