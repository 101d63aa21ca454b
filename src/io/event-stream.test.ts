import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { test } from "node:test";
import fc from "fast-check";
import { parseEvents, readEventStream, type ServerEvent } from "./event-stream.ts";
import { openHttpClient } from "./http-client.ts";

/** The model: the whole text at once, line by line, as the standard says. */
function eventsOf(text: string): readonly ServerEvent[] {
  const events: ServerEvent[] = [];
  const blocks = text.replaceAll(/\r\n|\r/g, "\n").split(/(?<=^|\n)\n/);
  for (const block of blocks.slice(0, -1)) {
    const lines = block.split("\n").filter((line) => line !== "");
    const values = (field: string): readonly string[] =>
      lines
        .filter((line) => line === field || line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
    const data = values("data");
    if (data.length > 0) events.push({ event: values("event").at(-1) || "message", data: data.join("\n") });
  }
  return events;
}

const line = fc.oneof(
  fc.constantFrom(
    "event: head",
    "event:block",
    "event",
    "data: {}",
    "data:",
    "data",
    "data:  two",
    ": comment",
    "id: 1",
    "retry: 5",
    "",
  ),
  fc.string({ maxLength: 6 }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, "")}`),
);
const streams = fc
  .array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 20 })
  // Text that ends with CR could go on with LF: nothing says yet whether one is to come, but the line is over.
  .map((lines) => lines.map(([text, end]) => text + end).join(""));

test("events are the same wherever the network cuts the stream", () => {
  // Otherwise heads are lost, or torn, whenever a packet ends in the middle of an event.
  fc.assert(
    fc.property(streams, fc.array(fc.nat(200), { maxLength: 10 }), (text, cuts) => {
      const events: ServerEvent[] = [];
      const parser = parseEvents(1000, (event) => events.push(event));
      const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
      for (const [index, place] of places.slice(1).entries()) parser.push(text.slice(places[index], place));
      assert.deepEqual(events, eventsOf(text));
    }),
    { numRuns: 500 },
  );
});

test("an event without an end is not collected for ever", () => {
  // Otherwise a client that sends garbage takes the memory of the thread.
  const oneLine = parseEvents(100, () => assert.fail("there is no event"));
  assert.throws(() => oneLine.push(`data: ${"x".repeat(200)}`), { name: "AskFailure", kind: "garbage" });
  const manyLines = parseEvents(100, () => assert.fail("there is no event"));
  assert.throws(() => manyLines.push("data: 0123456789\n".repeat(20)), { name: "AskFailure", kind: "garbage" });
});

/** Serves one answer while `use` runs. */
async function withServer(answer: RequestListener, use: (url: URL) => Promise<void>): Promise<void> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    await use(new URL(`http://127.0.0.1:${address.port}/base`));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

interface Read {
  readonly opened: number;
  readonly events: readonly string[];
  /** How the reading failed; `null`: the server has ended the stream. */
  readonly failure: unknown;
}

async function read(url: URL, options: { readonly silenceMsMax?: number; readonly signal?: AbortSignal } = {}): Promise<Read> {
  const client = openHttpClient({ url, timeoutMs: 10_000 });
  const events: string[] = [];
  let opened = 0;
  const reading = readEventStream(client, {
    path: "events?topics=head&topics=block",
    signal: options.signal ?? new AbortController().signal,
    silenceMsMax: options.silenceMsMax ?? 60_000,
    onOpen: () => opened++,
    onEvent: ({ event, data }) => events.push(`${event} ${data}`),
  });
  const failure = await reading.then(
    () => null,
    (error: unknown) => error,
  );
  client.close();
  return { opened, events, failure };
}

test("a stream is read until the server ends it", async () => {
  // Otherwise heads are seen by polling only, and no arrival is exact.
  const asked: (string | undefined)[] = [];
  await withServer(
    (request, response) => {
      asked.push(request.url, request.headers.accept);
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
      response.end(": hello\n\nevent: head\ndata: 1\n\nevent: block\ndata: ü\n\nevent: head\ndata: cut");
    },
    async (url) => {
      assert.deepEqual(await read(url), { opened: 1, events: ["head 1", "block ü"], failure: null });
      assert.deepEqual(asked, ["/base/events?topics=head&topics=block", "text/event-stream"]);
    },
  );
});

test("how a stream fails is told apart", async () => {
  // Otherwise a client that does not know a topic looks like one that is down.
  const failing = async (answer: RequestListener): Promise<unknown> => {
    let failure: unknown;
    await withServer(answer, async (url) => {
      ({ failure } = await read(url, { silenceMsMax: 20 }));
    });
    // A failure that is no AskFailure fails here.
    const { kind, code, retryAfterMs } = Object(failure);
    return { kind, code, retryAfterMs };
  };
  const begun = { "content-type": "text/event-stream" };
  const none = { code: null, retryAfterMs: null };
  assert.deepEqual(await failing((_, response) => response.writeHead(400).end("unknown topic")), {
    kind: "refused",
    code: 400,
    retryAfterMs: null,
  });
  assert.deepEqual(await failing((_, response) => response.writeHead(503, { "retry-after": "7" }).end()), {
    kind: "rate_limited",
    code: 503,
    retryAfterMs: 7000,
  });
  assert.deepEqual(await failing((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>")), {
    kind: "garbage",
    ...none,
  });
  assert.deepEqual(await failing((_, response) => response.writeHead(200, begun).flushHeaders()), { kind: "timeout", ...none });
  assert.deepEqual(
    await failing((request, response) => {
      response.writeHead(200, begun).flushHeaders();
      setImmediate(() => request.socket.destroy());
    }),
    { kind: "unreachable", ...none },
  );
});

test("a stream ends when it is not read any more", async () => {
  // Otherwise a client that was taken out of the configuration keeps its connection for ever.
  const stop = new AbortController();
  await withServer(
    (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      setImmediate(() => stop.abort());
    },
    async (url) => {
      const { failure } = await read(url, { signal: stop.signal });
      assert.ok(failure instanceof Error);
    },
  );
});
