/**
 * The door of agents: they say hello (JSON), get a session, and send batches of its, events and spans (docs/agent-protocol.md). A session is lost
 * with this thread, with an error, and when nobody has used it for a while; the agent then says hello again and tells its series anew.
 */
import { randomBytes } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { agentState } from "../../../core/agent-record.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { DamagedFileError } from "../../../store/database.ts";
import { openAgentRegistry } from "../../../store/state/agents.ts";
import { batchLimits, sessionIdBytes } from "../../agent-protocol/batch-format.ts";
import { type BatchHead, readHead } from "../../agent-protocol/batch-decoder.ts";
import { type EventPageAnswer, eventPageContentType, eventPageLimits } from "../../agent-protocol/event-page.ts";
import {
  batchContentType,
  type BatchAnswer,
  clockHeaders,
  type HelloAnswer,
  helloRequest,
  protocolVersion,
} from "../../agent-protocol/exchange.ts";
import { type SpanPageAnswer, spanPageContentType, spanPageLimits } from "../../agent-protocol/span-page.ts";
import { type Door, type DoorAnswer, type DoorContext, type DoorRequest, textAnswer } from "../door.ts";
import { AgentBook } from "./agent-book.ts";
import { AgentSession, sampleRefusals } from "./agent-session.ts";
import { readEventPage, storeEvents } from "./receive-events.ts";
import { readSpanPage } from "./receive-spans.ts";

/** In the thread that receives. Errors: `STORE_UNUSABLE`, `STORE_TOO_NEW`. */
export function openAgentsDoor(context: DoorContext): Door {
  const registry = openAgentRegistry(context.dataDir);
  const door = createAgentsDoor({ ...context, book: new AgentBook({ registry, annotate: context.annotate }) });
  return {
    ...door,
    close() {
      door.close?.();
      registry.close();
    },
  };
}

export interface AgentsDoorOptions extends Pick<
  DoorContext,
  "sink" | "telemetry" | "tally" | "clock" | "logger" | "config" | "node"
> {
  readonly book: AgentBook;
}

/** How old what others see of an agent is at most; `core/agent-status.ts` reckons with it. */
const flushMs = 2000;
/** An agent that is silent for so long says hello anew: what it wrote may then be forgotten by the store. */
const idleMs = 900_000;

interface Held {
  readonly session: AgentSession;
  /** On the clock that never steps. */
  usedMs: number;
  /** A batch of it is being stored. */
  busy: boolean;
}

export function createAgentsDoor(options: AgentsDoorOptions): Door {
  const { sink, tally, clock, logger, config, book } = options;
  /** By node: a new session ends the one before. */
  const sessions = new Map<string, Held>();

  const end = ({ session, busy }: Held): void => {
    if (sessions.get(session.node)?.session === session) sessions.delete(session.node);
    // While a batch is read its slots must go on to mean what they meant: it gives them up itself.
    if (!busy) session.release();
  };

  const hello = ({ body, headers, node }: DoorRequest): DoorAnswer => {
    const asked = helloRequest.safeParse(parseJson(body));
    if (!asked.success) return textAnswer(400, `the hello cannot be read: ${z.prettifyError(asked.error)}`);
    const { protocol, node: claimed, outbox } = asked.data;
    if (protocol !== protocolVersion) {
      return textAnswer(400, `the agent speaks version ${protocol} of the protocol, this hub version ${protocolVersion}`);
    }
    if (node !== null && node !== claimed) {
      return textAnswer(
        403,
        `the token is for the node ${JSON.stringify(node)}, and this one calls itself ${JSON.stringify(claimed)}`,
      );
    }
    if (claimed === options.node) {
      return textAnswer(
        403,
        `this hub is itself the node ${JSON.stringify(claimed)}: give the agent another node.id, or the series of both would be one`,
      );
    }
    const address = headers["x-chainpulse-address"] ?? "";
    const record = book.greet(claimed, { ...asked.data, address }, clock.nowMs());
    const before = sessions.get(claimed);
    if (before !== undefined) end(before);
    const seriesMax = config().storage.max_series_per_node;
    const id = randomBytes(sessionIdBytes).toString("hex");
    sessions.set(claimed, {
      session: new AgentSession({ id, node: claimed, outbox, seriesMax, sink }),
      usedMs: clock.monotonicMs(),
      busy: false,
    });
    return jsonAnswer({ session: id, seq: record.seq, seriesMax } satisfies HelloAnswer);
  };

  const batch = async ({ body, node }: DoorRequest, weigh?: (bytes: number) => void): Promise<DoorAnswer> => {
    const bytes = decompress(body, batchLimits.bytes);
    weigh?.(bytes.length);
    const head = readHead(bytes);
    const held = [...(node === null ? sessions.values() : present(sessions.get(node)))].find(
      ({ session }) => session.id === head.session,
    );
    if (held === undefined || !book.knows(held.session.node)) {
      return textAnswer(409, "there is no such session; say hello again");
    }
    if (held.busy) return textAnswer(503, "the batch before is still being stored", { "retry-after": "1" });
    if (head.number !== held.session.nextNumber) {
      end(held);
      return textAnswer(409, `batch ${head.number} came where ${held.session.nextNumber} was due; say hello again`);
    }
    held.busy = true;
    held.usedMs = clock.monotonicMs();
    try {
      return await store(held.session, head);
    } catch (error) {
      // The agent's side of the session is one batch further now.
      end(held);
      throw error;
    } finally {
      held.busy = false;
      // It was ended meanwhile: what the batch has resolved is given up too.
      if (sessions.get(held.session.node) !== held) held.session.release();
    }
  };

  const store = async (session: AgentSession, head: BatchHead): Promise<DoorAnswer> => {
    const state = agentState.safeParse(parseJson(head.state));
    if (!state.success) throw new DamagedFileError(`the agent's state cannot be read: ${z.prettifyError(state.error)}`);
    const { received, samples, lastSeq, newestMs, refused, refusal } = await session.read(head);
    if (samples > 0) await sink.store(received);
    const refusedSamples = Object.values(refused).reduce((sum, count) => sum + count, 0);
    book.stored(session.node, {
      seq: lastSeq,
      state: state.data,
      newestMs,
      samples,
      refusedSamples,
      refusal,
      nowMs: clock.nowMs(),
    });
    tally.received("samples", samples);
    for (const reason of sampleRefusals) tally.refused(reason, refused[reason]);
    return jsonAnswer({ refusedSamples, refusal } satisfies BatchAnswer);
  };

  const events = ({ body, node: tokenNode }: DoorRequest, weigh?: (bytes: number) => void): DoorAnswer => {
    const bytes = decompress(body, eventPageLimits.bytes);
    weigh?.(bytes.length);
    const page = readEventPage(parseJson(bytes), tokenNode);
    // The hello is where a node is refused, or one too many.
    if (!book.knows(page.node)) return unknownAgent();
    storeEvents(options.telemetry(), page);
    tally.received("events", page.events.length);
    return jsonAnswer({ stored: page.events.length } satisfies EventPageAnswer);
  };
  const spans = ({ body, node }: DoorRequest, weigh?: (bytes: number) => void): DoorAnswer => {
    const bytes = decompress(body, spanPageLimits.bytes);
    weigh?.(bytes.length);
    const page = readSpanPage(bytes, { node, clockAt: (of, timeMs) => book.clockAt(of, timeMs) });
    if (![...page.nodes].every((of) => book.knows(of))) return unknownAgent();
    const telemetry = options.telemetry();
    telemetry.addSpans(page.spans);
    telemetry.sync();
    tally.received("spans", page.spans.length);
    tally.refused("invalid", page.refused);
    return jsonAnswer({ stored: page.spans.length, refused: page.refused } satisfies SpanPageAnswer);
  };
  const readers = new Map([
    [batchContentType, { what: "batch", answer: batch }],
    [eventPageContentType, { what: "page of events", answer: events }],
    [spanPageContentType, { what: "page of spans", answer: spans }],
  ]);

  const upkeep = setInterval(() => {
    const nowMs = clock.monotonicMs();
    for (const held of sessions.values()) if (!held.busy && nowMs - held.usedMs > idleMs) end(held);
    flush();
  }, flushMs);
  const flush = (): void => {
    try {
      book.flush();
    } catch (error) {
      logger.error("the agents could not be written down", { error });
    }
  };

  return {
    async answer(request, weigh) {
      try {
        const answer = await (readers.get(request.contentType)?.answer ?? hello)(request, weigh);
        return { ...answer, headers: { ...answer.headers, [clockHeaders.sent]: String(clock.nowMs()) } };
      } catch (error) {
        if (error instanceof DamagedFileError) {
          const what = readers.get(request.contentType)?.what ?? "hello";
          return textAnswer(400, `the ${what} cannot be read: ${error.message}`);
        }
        if (error instanceof ChainPulseError && error.code === "TOO_MANY_REQUESTS") return textAnswer(429, error.message);
        throw error;
      }
    },
    clockOf: (node) => book.clockNow(node, clock.nowMs()),
    close() {
      clearInterval(upkeep);
      for (const held of sessions.values()) end(held);
      flush();
    },
  };
}

function present(held: Held | undefined): readonly Held[] {
  return held === undefined ? [] : [held];
}

function unknownAgent(): DoorAnswer {
  return textAnswer(409, "there is no agent of that name yet; say hello first");
}

/** Errors: `DamagedFileError`, also where it would become larger than that. */
function decompress(body: Uint8Array, maxOutputLength: number): Uint8Array {
  try {
    return zstdDecompressSync(body, { maxOutputLength });
  } catch (error) {
    throw new DamagedFileError(`it cannot be decompressed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** `undefined` for what is no JSON: no schema lets it through. */
function parseJson(body: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function jsonAnswer(value: object): DoorAnswer {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return { status: 200, headers: { "content-type": "application/json" }, body };
}
