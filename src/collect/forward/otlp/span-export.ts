/** Traces to a receiver of OTLP: the spans of the store in the order of their coming, of as many traces as are asked for. */
import type { Clock } from "../../../core/clock.ts";
import type { OtlpExportConfig } from "../../../core/config-forward.ts";
import { isSampled } from "../../../core/flow-names.ts";
import type { SpanForwardFacts } from "../../../core/forward.ts";
import { resourceSpansOf } from "../../../core/otlp-json.ts";
import type { Span } from "../../../core/span.ts";
import { Backoff } from "../backoff.ts";
import type { SendOutcome } from "../destination.ts";
import { type PageSenderOptions, startPageSender } from "../page-sender.ts";
import { encodeSpans } from "../spans/span-message.ts";
import { sendSpans } from "../spans/send-spans.ts";
import type { SpanFeed } from "../spans/stored-spans.ts";
import { openOtlpClient } from "./otlp-client.ts";

export interface SpanExportOptions extends Pick<PageSenderOptions<Span>, "logger" | "wait"> {
  readonly config: OtlpExportConfig;
  readonly clock: Clock;
  /** From 0 to 1; for tests. */
  readonly random?: () => number;
  readonly feed: SpanFeed;
}

export interface SpanExport {
  facts(): SpanForwardFacts;
  close(): void;
}

/** How often the store is looked at for new spans, ms. */
const lookMs = 2000;
/** Of a request before compression. gRPC's default of 4 MiB is what many receivers have for HTTP, too. */
const bodyBytesMax = 4_194_304;
/** As long as a receiver may have us wait at most, ms. */
const askedPauseMsMax = 600_000;

/** Throws what the system says where a PEM file cannot be read. */
export function startSpanExport({ config, feed, clock, logger, wait, random = Math.random }: SpanExportOptions): SpanExport {
  const client = openOtlpClient({ config, url: tracesEndpointOf(config), rejectedName: "rejectedSpans", clock });
  const encode = config.encoding === "json" ? encodeJson : encodeSpans;
  const send = async (spans: readonly Span[], signal: AbortSignal): Promise<SendOutcome> => {
    const sampled = spans.filter(({ traceId }) => isSampled(traceId, config.traces_sample_ratio));
    const leftOut = spans.length - sampled.length;
    if (sampled.length === 0) return { kind: "stored", leftOut };
    const outcome = await sendSpans(sampled, { encode, bytesMax: bodyBytesMax }, (body, count) =>
      client.send(body, count, signal),
    );
    if (outcome.kind !== "retry") return { ...outcome, leftOut };
    return { ...outcome, afterMs: Math.min(outcome.afterMs ?? 0, askedPauseMsMax) };
  };
  const sender = startPageSender({
    what: "spans",
    address: client.address,
    feed,
    send,
    lookMs,
    backoff: new Backoff(random),
    wait,
    logger,
  });
  return {
    facts: () => ({ ...sender.counts(), skippedFiles: feed.skippedFiles() }),
    close() {
      sender.close();
      client.close();
    },
  };
}

/** The same server's path for traces, where it is not said. Source: docs/specification.md, "OTLP/HTTP Request", the default paths. */
function tracesEndpointOf({ endpoint, traces_endpoint: traces }: SpanExportOptions["config"]): string {
  return traces ?? endpoint.replace(/\/v1\/metrics$/, "/v1/traces");
}

function encodeJson(spans: readonly Span[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ resourceSpans: resourceSpansOf(spans) }));
}
