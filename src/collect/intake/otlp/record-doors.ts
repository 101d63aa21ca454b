/** The doors of /v1/traces and /v1/logs: spans and log records, as they are. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSampled } from "../../../core/flow-names.ts";
import type { TelemetrySource } from "../../../core/span.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { Door } from "../door.ts";
import { createOtlpDoor, type OtlpContext } from "./otlp-door.ts";
import { batchRecordBytes, batchRecords } from "./otlp-limits.ts";
import { logsRequest, tracesRequest } from "./otlp-messages.ts";
import { readLogRecord } from "./read-log-record.ts";
import { readRecords } from "./read-source.ts";
import { readSpan } from "./read-span.ts";

export function openTracesDoor(context: OtlpContext): Door {
  return createOtlpDoor(context, {
    signal: "traces",
    shape: tracesRequest,
    things: "spans",
    async take(reader, refusals) {
      const { sample_ratio: ratio } = context.config().telemetry.traces;
      let leftOut = 0;
      const stored = await storeRecords(context, reader, {
        read(source) {
          const span = readSpan(reader, source);
          if (typeof span === "string" || isSampled(span.traceId, ratio)) return span;
          leftOut++;
          return null;
        },
        add: (sink, spans) => sink.addSpans(spans),
        refuse: (why) => refusals.add({ reason: "invalid", message: why }, 1),
      });
      context.tally.received("spans", stored);
      // Counted, but no refusal: a partial success would tell the sender that something is wrong with what it sends.
      context.tally.refused("sampled", leftOut);
    },
  });
}

export function openLogsDoor(context: OtlpContext): Door {
  return createOtlpDoor(context, {
    signal: "logs",
    shape: logsRequest,
    things: "log records",
    async take(reader, refusals) {
      const nowNs = BigInt(Math.round(context.clock.nowMs())) * 1_000_000n;
      const stored = await storeRecords(context, reader, {
        read: (source) => readLogRecord(reader, source, nowNs),
        add: (sink, records) => sink.addLogs(records),
        refuse: (why) => refusals.add({ reason: "invalid", message: why }, 1),
      });
      context.tally.received("logs", stored);
    },
  });
}

interface RecordKind<T> {
  /** A text: why it is not taken; `null`: it is left out, and nothing is wrong with it. */
  readonly read: (source: TelemetrySource) => T | string | null;
  readonly add: (sink: TelemetrySink, records: readonly T[]) => void;
  readonly refuse: (why: string) => void;
}

/** Resolves with how many were stored; they are on the disk then. */
async function storeRecords<T extends object>(
  { telemetry }: OtlpContext,
  reader: ProtoReader,
  { read, add, refuse }: RecordKind<T>,
): Promise<number> {
  let stored = 0;
  let records: T[] = [];
  let startedAt = reader.at;
  const store = (): void => {
    if (records.length === 0) return;
    add(telemetry(), records);
    stored += records.length;
    records = [];
    startedAt = reader.at;
  };
  const batches = readRecords(reader, (source) => {
    const record = read(source);
    if (typeof record === "string") refuse(record);
    else if (record !== null) records.push(record);
    return records.length >= batchRecords || reader.at - startedAt >= batchRecordBytes;
  });
  for (const _ of batches) {
    store();
    // A body may have a million: others in this thread have their turn.
    await nextTurn();
  }
  store();
  if (stored > 0) telemetry().sync();
  return stored;
}
