/** A client of the event stream, for tests: reads events in order, each with a time limit of the test runner only. */
import type { World } from "../world.test-support.ts";

/** One event of the stream. */
export interface LiveEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An open stream. */
export interface LiveClient {
  readonly id: string;
  readonly hello: LiveEvent["data"];
  subscribe(subscription: unknown): Promise<Response>;
  /** The next event; with a name, the next of that name, others are passed over. */
  nextEvent(): Promise<LiveEvent | null>;
  next(name: string): Promise<LiveEvent["data"]>;
  close(): void;
}

/** Opens a stream and reads its hello. Throws when the answer is no stream. */
export async function openLiveClient(world: World, headers: Readonly<Record<string, string>> = {}): Promise<LiveClient> {
  const stop = new AbortController();
  const response = await world.fetch("/api/v1/live", { headers, signal: stop.signal });
  if (response.body === null || response.status !== 200) throw new Error(`the stream is ${response.status}`);
  const events = readEvents(response.body);
  const nextEvent = async (): Promise<LiveEvent | null> => {
    const { done, value } = await events.next();
    return done === true ? null : value;
  };
  const hello = (await nextEvent())?.data ?? {};
  const id = String(hello["streamId"]);
  return {
    id,
    hello,
    nextEvent,
    subscribe: (subscription) =>
      world.fetch(`/api/v1/live/${id}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(subscription),
      }),
    async next(name) {
      for (;;) {
        const event = await nextEvent();
        if (event === null) throw new Error(`the stream ended before ${name}`);
        if (event.event === name) return event.data;
      }
    },
    close: () => stop.abort(),
  };
}

/** Source: HTML standard, "Parsing an event stream"; only what our server writes. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent, undefined> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const match = /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end));
      text = text.slice(end + 2);
      // What our server writes as data is always an object.
      if (match !== null) yield { event: match[1] ?? "", data: JSON.parse(match[2] ?? "") as LiveEvent["data"] };
    }
  }
  return undefined;
}
