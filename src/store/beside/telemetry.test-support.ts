/** Spans, log records and a store of them for tests. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TelemetryLimits, telemetrySchema } from "../../core/config-telemetry.ts";
import type { Clock } from "../../core/clock.ts";
import type { SeriesExemplars } from "../../core/exemplar.ts";
import type { StoredEvent } from "../../core/node-event.ts";
import type { LogRecord, Span, TelemetrySource } from "../../core/span.ts";
import type { ReadAllowance, TelemetryReader } from "../../core/telemetry-reader.ts";
import { keepLines, type LogLine } from "../log-lines.test-support.ts";
import { openTelemetryReader } from "./telemetry-reader.ts";
import { openTelemetryStore, type TelemetryStore } from "./telemetry-store.ts";

export const noonNs = 1_764_072_000_000_000_000n;

/** A plain span; `part` is what matters to the test. */
export function spanOf(part: Partial<Span> & { readonly service?: string; readonly host?: string } = {}): Span {
  const { service = "shop", host = "node-1", ...rest } = part;
  return {
    source: sourceOf(service, host),
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "00f067aa0ba902b7",
    parentSpanId: "",
    traceState: "",
    flags: 1,
    name: "GET /cart",
    kind: "server",
    startNs: noonNs,
    endNs: noonNs + 5_000_000n,
    status: "unset",
    statusMessage: "",
    attributes: { "http.response.status_code": 200 },
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
    ...rest,
  };
}

/** A plain log record. */
export function logOf(part: Partial<LogRecord> & { readonly service?: string; readonly host?: string } = {}): LogRecord {
  const { service = "shop", host = "node-1", ...rest } = part;
  return {
    source: sourceOf(service, host),
    timeNs: noonNs,
    observedNs: noonNs,
    severity: 9,
    severityText: "INFO",
    body: "cart opened",
    eventName: "",
    attributes: {},
    droppedAttributes: 0,
    flags: 0,
    traceId: "",
    spanId: "",
    ...rest,
  };
}

function sourceOf(service: string, host: string): TelemetrySource {
  const resource = { "service.name": service, "host.name": host };
  return { resource, scopeName: "tracer", scopeVersion: "1.0", scopeAttributes: {} };
}

/** A directory with one writer and one reader. */
export interface TelemetryLab extends Disposable {
  readonly dataDir: string;
  readonly lines: LogLine[];
  /** What answers did not hold. */
  readonly notes: string[];
  readonly allowance: ReadAllowance;
  readonly reader: TelemetryReader;
  /** The present writer. */
  store: TelemetryStore;
  /** Leaves the writer as a kill would, and opens another one. */
  reopen(): void;
  pass(ms: number): void;
  /** Sets the wall clock forward. */
  jump(ms: number): void;
}

/** `limits` instead of the configuration's defaults; they may be smaller than it takes. */
export function telemetryLab(limits: Partial<TelemetryLimits> = {}): TelemetryLab {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-telemetry-"));
  let nowMs = Number(noonNs / 1_000_000n);
  let gainedMs = 0;
  const clock: Clock = { nowMs: () => nowMs + gainedMs, monotonicMs: () => nowMs };
  const { logger, lines } = keepLines();
  const open = (): TelemetryStore =>
    openTelemetryStore({ dataDir, clock, logger, limits: { ...telemetrySchema.parse({}), ...limits } });
  const reader = openTelemetryReader({ dataDir, logger });
  const opened: TelemetryStore[] = [];
  const notes: string[] = [];
  const lab: TelemetryLab = {
    dataDir,
    lines,
    notes,
    allowance: { check: () => undefined, isLate: () => false, note: (note) => void notes.push(note) },
    reader,
    store: open(),
    reopen() {
      opened.push(lab.store);
      lab.store = open();
    },
    pass: (ms) => void (nowMs += ms),
    jump: (ms) => void (gainedMs += ms),
    [Symbol.dispose]() {
      reader.close();
      for (const store of [...opened, lab.store]) store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
  return lab;
}

/** All pages of a list, as one. */
export function allPages<T>(
  read: (cursor: string | null) => { readonly items: readonly { readonly item: T }[]; readonly next: string | null },
): T[] {
  const all: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 10_000; page++) {
    const { items, next } = read(cursor);
    for (const { item } of items) all.push(item);
    if (next === null) return all;
    cursor = next;
  }
  throw new Error("the list has no end");
}

/** Spans of one trace, log records of it, an exemplar and an event, by a number. */
export function batchOf(batch: number): {
  readonly spans: readonly Span[];
  readonly records: readonly LogRecord[];
  readonly exemplars: readonly SeriesExemplars[];
  readonly events: readonly StoredEvent[];
} {
  const traceId = batch.toString(16).padStart(32, "0");
  const startNs = noonNs + BigInt(batch) * 1_000_000n;
  const ids = Array.from({ length: 20 }, (_, index) => (index + 1).toString(16).padStart(16, "0"));
  return {
    spans: ids.map((spanId, index) => spanOf({ traceId, spanId, startNs, parentSpanId: index === 0 ? "" : (ids[0] ?? "") })),
    records: ids.map((spanId) => logOf({ traceId, spanId, timeNs: startNs })),
    exemplars: [
      {
        series: { __name__: "m", batch: String(batch) },
        exemplars: [{ labels: { traceId }, value: batch, timestampMs: batch }],
      },
    ],
    events: [{ kind: "chain.block", node: "node-1", subject: "geth", key: traceId, timeMs: batch, fields: { number: batch } }],
  };
}
