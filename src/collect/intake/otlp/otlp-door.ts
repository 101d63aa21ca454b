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

/** A full disk needs somebody to make room; the rest is over in a moment. */
const retryAfterSeconds = { STORE_FULL: 10, UNAVAILABLE: 1, TOO_MANY_REQUESTS: 1 } as const;

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
        return answerOf(encoding, error);
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

/** What is wrong with the request, or was not to be had for it; anything else is a failure of ours, and thrown on. */
function answerOf(encoding: OtlpEncoding, error: unknown): DoorAnswer {
  if (error instanceof ProtobufError) return errorAnswer(encoding, 400, error.message);
  if (!(error instanceof ChainPulseError) || error.code === "INTERNAL") throw error;
  const retryAfter = Object.entries(retryAfterSeconds).find(([code]) => code === error.code)?.[1];
  return errorAnswer(encoding, errorCodes[error.code].status, error.message, retryAfter);
}
