/**
 * Server-sent events from a server that is not trusted with our memory: one connection, read until it ends. A stream that is silent for too long is
 * given up, because a connection can be dead without anybody having closed it. Who reads it asks again (`loop.ts` of the chain clients does).
 * Source: html.spec.whatwg.org/multipage/server-sent-events.html §9.2.6.
 */
import type { IncomingMessage } from "node:http";
import { finished } from "node:stream/promises";
import { type HttpClient, retryAfterMs } from "./http-client.ts";
import { AskFailure, askFailureOf } from "./json-rpc.ts";

export interface ServerEvent {
  /** `message` where the server does not say. */
  readonly event: string;
  readonly data: string;
}

export interface EventStreamOptions {
  /** Relative to the client's address. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Nothing has come for so long, not even a comment: the stream is dead. */
  readonly silenceMsMax: number;
  /** Characters of one event. Default: 1 Mi. */
  readonly eventCharsMax?: number;
  /** The server has begun the stream. What happened before this is not told. */
  readonly onOpen: () => void;
  /** Must not throw. */
  readonly onEvent: (event: ServerEvent) => void;
}

const eventCharsMaxDefault = 1_048_576;

/** Resolves when the server has ended the stream. Rejects with `AskFailure` where there is none, it breaks, or falls silent. */
export async function readEventStream(client: HttpClient, options: EventStreamOptions): Promise<void> {
  const { path, signal, silenceMsMax, eventCharsMax = eventCharsMaxDefault, onOpen, onEvent } = options;
  const headers = { accept: "text/event-stream" };
  const response = await client
    .open({ method: "GET", path, headers, signal })
    .catch((error) => Promise.reject(askFailureOf(error)));
  const refusal = refusalOf(response);
  if (refusal !== null) {
    response.destroy();
    throw refusal;
  }
  onOpen();
  const parser = parseEvents(eventCharsMax, onEvent);
  const decoder = new TextDecoder();
  const silent = new AskFailure("timeout", `nothing came for ${silenceMsMax} ms`);
  const watchdog = setTimeout(() => response.destroy(silent), silenceMsMax).unref();
  response.on("data", (chunk: Buffer) => {
    watchdog.refresh();
    try {
      parser.push(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  try {
    await finished(response);
  } catch (error) {
    throw error instanceof AskFailure ? error : askFailureOf(error);
  } finally {
    clearTimeout(watchdog);
    response.destroy();
  }
}

function refusalOf({ statusCode: status = 0, headers }: IncomingMessage): AskFailure | null {
  if (status === 429 || status === 503) {
    return new AskFailure("rate_limited", `status ${status}`, {
      code: status,
      retryAfterMs: retryAfterMs(headers, Date.now()),
    });
  }
  if (status !== 200) return new AskFailure("refused", `status ${status}`, { code: status });
  const type = headers["content-type"] ?? "";
  return /^text\/event-stream\b/i.test(type) ? null : new AskFailure("garbage", "the answer is no stream of events");
}

export interface EventParser {
  /** Takes the next piece of the text, cut anywhere. Throws `AskFailure` for an event that is too large. */
  push(text: string): void;
}

/** Calls `onEvent` for each event that is complete; an event without data is none. Ids and times to wait are of no use here. */
export function parseEvents(eventCharsMax: number, onEvent: (event: ServerEvent) => void): EventParser {
  let rest = "";
  let endedWithReturn = false;
  let event = "";
  let data: string[] = [];
  let dataChars = 0;

  const dispatch = (): void => {
    if (data.length > 0) onEvent({ event: event === "" ? "message" : event, data: data.join("\n") });
    event = "";
    data = [];
    dataChars = 0;
  };
  const take = (line: string): void => {
    if (line === "") return dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field !== "data") return;
    data.push(value);
    dataChars += value.length + 1;
  };

  return {
    push(text) {
      // Of CR LF that was cut in two, the LF ends nothing.
      const piece = endedWithReturn && text.startsWith("\n") ? text.slice(1) : text;
      if (text !== "") endedWithReturn = text.endsWith("\r");
      const lines = (rest + piece).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
      if (rest.length + dataChars > eventCharsMax) {
        throw new AskFailure("garbage", `an event is larger than ${eventCharsMax} characters`);
      }
    },
  };
}
