/** The door of remote write before a writer that keeps what it gets. */
import { compressSync } from "snappy";
import { configSchema } from "../../../core/config.ts";
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { Logger } from "../../../core/logger.ts";
import type { MetricMetadata } from "../../../core/metric-metadata.ts";
import { readIntake } from "../intake-table.ts";
import { openIntakeLab } from "../intake-lab.test-support.ts";
import { type MemoryWriter, memoryWriter } from "../memory-writer.test-support.ts";

export const nowMs = 1_764_000_000_000;
export const v1 = "application/x-protobuf";
export const v2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DoorLab extends Disposable {
  readonly writer: MemoryWriter;
  readonly clock: { time: number };
  readonly exemplars: SeriesExemplars[];
  readonly metadata: MetricMetadata[];
  /** What the store of exemplars and metadata throws, where it is to fail. */
  besideFailure: Error | null;
  /** Counts of what was refused, by reason; reasons that did not come are left out. */
  refused(): Readonly<Record<string, number>>;
  /** The minute's upkeep; resolves when what the door gives up by it has been given up. */
  keepUp(): Promise<void>;
  /** Sends a message, packed as a Snappy block. */
  send(message: Uint8Array, contentType?: string): Promise<Answer>;
  /** Sends a body as it is. */
  sendBody(body: Uint8Array, contentType: string, contentEncoding: string): Promise<Answer>;
}

export function openDoorLab(config: Readonly<Record<string, unknown>> = {}): DoorLab {
  const writer = memoryWriter();
  const clock = { time: nowMs };
  const exemplars: SeriesExemplars[] = [];
  const metadata: MetricMetadata[] = [];
  const none = (): void => undefined;
  const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger };
  const lab = openIntakeLab({
    writer,
    clock: { nowMs: () => clock.time, monotonicMs: () => clock.time },
    logger,
    dataDir: "/nowhere",
    config: configSchema.parse({ ingest: config }),
    telemetry: {
      addSpans: none,
      addLogs: none,
      addExemplars(all) {
        if (self.besideFailure !== null) throw self.besideFailure;
        exemplars.push(...all);
      },
      noteMetadata: (all) => void metadata.push(...all),
      addEvents: none,
      sync: none,
    },
  });
  const sendBody = async (body: Uint8Array, contentType: string, contentEncoding: string): Promise<Answer> => {
    const request = { contentType, contentEncoding, headers: {}, body: Uint8Array.from(body), node: null };
    const answer = await lab.service.receive("remote_write", request);
    return { status: answer.status, headers: answer.headers, text: new TextDecoder().decode(answer.body) };
  };
  const self: DoorLab = {
    writer,
    clock,
    exemplars,
    metadata,
    besideFailure: null,
    refused: () => {
      const door = readIntake(lab.table).doors.find(({ door: name }) => name === "remote_write");
      return Object.fromEntries((door?.refused ?? []).filter(([, count]) => count > 0));
    },
    keepUp: async () => {
      lab.service.keepUp();
      // Calls are answered in their order: this one after the releases.
      await lab.sink.resolve([{ __name__: "asked_after" }]);
    },
    send: (message, contentType = v1) => sendBody(compressSync(Buffer.from(message)), contentType, "snappy"),
    sendBody,
    [Symbol.dispose]: () => lab.close(),
  };
  return self;
}
