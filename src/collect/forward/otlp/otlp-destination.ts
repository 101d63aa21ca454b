/**
 * Exports to what receives OTLP over HTTP: an OpenTelemetry collector, Prometheus, a vendor, another ChainPulse. Metrics come from the
 * outbox, traces from the store of spans.
 */
import { hostname } from "node:os";
import type { Clock } from "../../../core/clock.ts";
import type { OtlpExportConfig } from "../../../core/config-forward.ts";
import type { Logger } from "../../../core/logger.ts";
import { version } from "../../../core/version.ts";
import { type OutboxRecord, sampleCount } from "../../../store/outbox/outbox-record.ts";
import type { Destination, LabelsOf, SendOutcome } from "../destination.ts";
import type { KnownMetrics } from "../known-metrics.ts";
import { otlpExportPlace } from "../place-of.ts";
import { chunksOf } from "../series-chunks.ts";
import { storedSpans } from "../spans/stored-spans.ts";
import { openOtlpClient } from "./otlp-client.ts";
import { encodeJson, encodeProtobuf } from "./otlp-messages.ts";
import { OtlpTranslation } from "./otlp-points.ts";
import { startSpanExport } from "./span-export.ts";

export interface OtlpExportOptions {
  readonly config: OtlpExportConfig;
  readonly known: KnownMetrics;
  readonly dataDir: string;
  /** Of this node. */
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Throws what the system says where a PEM file cannot be read. */
export function createOtlpExport(options: OtlpExportOptions): Destination {
  const { config, known, node, clock, dataDir, logger } = options;
  const id = otlpExportPlace(config);
  const client = openOtlpClient({ config, url: config.endpoint, rejectedName: "rejectedDataPoints", clock });
  const translation = new OtlpTranslation(known, (of) => resourceOf(of, node));
  const encode = config.encoding === "json" ? encodeJson : encodeProtobuf;
  const spans = config.traces ? startSpanExport({ ...options, feed: storedSpans({ dataDir, destination: id, logger }) }) : null;
  /** What was put together of a list, and is not taken yet: counters remember what was sent, so it is not translated twice. */
  let begun: { readonly records: readonly OutboxRecord[]; readonly parts: Part[] } | null = null;

  const partsOf = (records: readonly OutboxRecord[], labelsOf: LabelsOf): Part[] =>
    Array.from(chunksOf(records, config.max_samples_per_send), (chunk): Part => {
      const { resources, leftOut } = translation.translate(chunk, labelsOf);
      return {
        body: encode(resources, { name: "chainpulse", version }),
        points: chunk.samples - leftOut,
        leftOut,
        outcome: null,
      };
    });

  return {
    id,
    address: client.address,
    maxSamples: config.max_samples_per_send,
    async send(records, labelsOf, signal) {
      if (!config.metrics) return { ...stored, leftOut: samplesIn(records) };
      if (begun?.records !== records) begun = { records, parts: partsOf(records, labelsOf) };
      for (const part of begun.parts) {
        if (part.outcome !== null) continue;
        const outcome = part.points === 0 ? stored : await client.send(part.body, part.points, signal);
        if (outcome.kind === "retry") return outcome;
        part.outcome = outcome;
      }
      const { parts } = begun;
      begun = null;
      return outcomeOfAll(parts);
    },
    ...(spans === null ? {} : { spans: () => spans.facts() }),
    close() {
      spans?.close();
      client.close();
    },
  };
}

const stored = { kind: "stored" } as const satisfies SendOutcome;

function samplesIn(records: readonly OutboxRecord[]): number {
  return records.reduce((sum, { samples }) => sum + sampleCount(samples), 0);
}

/** One request. */
interface Part {
  readonly body: Uint8Array;
  readonly points: number;
  readonly leftOut: number;
  /** What the other side has said to it; `null` before it has. */
  outcome: Exclude<SendOutcome, { readonly kind: "retry" }> | null;
}

function outcomeOfAll(parts: readonly Part[]): SendOutcome {
  const leftOut = parts.reduce((sum, part) => sum + part.leftOut, 0);
  const refusals = parts.flatMap(({ outcome }) => (outcome?.kind === "refused" ? [outcome] : []));
  const [first] = refusals;
  if (first === undefined) return { ...stored, leftOut };
  return { ...first, count: refusals.reduce((sum, { count }) => sum + count, 0), leftOut };
}

/** Source: semantic conventions, service and host. Another node has another host, which nobody has told. */
function resourceOf(of: string, own: string): readonly (readonly [string, string])[] {
  return [
    ["service.name", "chainpulse"],
    ["service.version", version],
    ...(of === "" ? [] : ([["service.instance.id", of]] as const)),
    ...(of === own ? ([["host.name", hostname()]] as const) : []),
  ];
}
