/**
 * One client's event stream. What it cannot take is not queued without end: beyond the bound events are dropped, and when it has
 * caught up it is told so (`resync`), upon which it asks for the range it missed.
 */
import type { ServerResponse } from "node:http";

/** Bytes that may wait for a slow reader: a few ticks of a full page, so that a short stall costs nothing. */
const bufferBytesMax = 1_048_576;

/** Proxies close a silent connection after 30 to 60 s; half of that, halved. */
const heartbeatMs = 15_000;

/** A reader that has taken nothing for so many heartbeats, a minute, is gone or means harm: others want its place. */
const stalledBeatsMax = 4;

/** The sending end of one stream. */
export interface EventStream {
  readonly id: string;
  /** Times that `resync` was sent: whoever keeps a state per client starts it anew when this has changed. */
  readonly resyncs: number;
  send(event: string, data: unknown): void;
  end(): void;
}

/** Takes the response over. `onClose` is called once, whoever closes. */
export function openEventStream(id: string, response: ServerResponse, onClose: () => void): EventStream {
  let dropping = false;
  let resyncs = 0;
  let stalledBeats = 0;
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    // `no-transform`: a compressing proxy would hold events back. `x-accel-buffering`: so would nginx.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    // A closing server must not wait for what would be an idle connection after the stream.
    connection: "close",
  });
  const heartbeat = setInterval(() => {
    stalledBeats = dropping ? stalledBeats + 1 : 0;
    if (stalledBeats >= stalledBeatsMax) response.destroy();
    else if (!dropping) response.write(": alive\n\n");
  }, heartbeatMs);
  heartbeat.unref();
  response.on("drain", () => {
    if (!dropping) return;
    dropping = false;
    resyncs++;
    write("resync", {});
  });
  response.on("close", () => {
    clearInterval(heartbeat);
    onClose();
  });

  const write = (event: string, data: unknown): void => {
    // JSON has no raw line breaks, so one `data:` line is enough.
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };

  return {
    id,
    get resyncs() {
      return resyncs;
    },
    send(event, data) {
      // What was on its way when the stream ended: written now, it would be an error that nobody catches.
      if (response.writableEnded) return;
      if (response.writableLength > bufferBytesMax) dropping = true;
      if (!dropping) write(event, data);
    },
    end: () => void response.end(),
  };
}
