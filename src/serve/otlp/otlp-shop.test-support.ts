/**
 * A program with OpenTelemetry's own SDK in it, for tests: instruments of all kinds, spans and log records, sent by the real exporters.
 * Only times and ids are fixed, so that what arrives can be compared byte by byte.
 */
import { type Attributes, type HrTime, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetricExporter,
} from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

export type Encoding = "protobuf" | "json";
export type Temporality = "cumulative" | "delta";

export interface ShopOptions {
  /** Of the server. */
  readonly url: string;
  readonly encoding: Encoding;
  readonly temporality: Temporality;
  /** When the program starts. */
  readonly startMs: number;
}

/** One run of the program. */
export class Shop {
  readonly #options: ShopOptions;
  readonly #reader: ManualReader;
  readonly #instruments: ReturnType<typeof createInstruments>;
  #lastMs: number;
  #uptime = 0;

  constructor(options: ShopOptions) {
    this.#options = options;
    this.#lastMs = options.startMs;
    this.#reader = new ManualReader(options.temporality);
    const provider = new MeterProvider({
      resource: resourceOf(options),
      readers: [this.#reader],
      views: [
        {
          instrumentName: "order.value",
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 20 } },
        },
      ],
    });
    this.#instruments = createInstruments(provider, () => this.#uptime);
  }

  /** So many orders, each of a value from a fixed list. */
  sell(orders: number): void {
    const { requests, queue, duration, value, temperature } = this.#instruments;
    for (let order = 0; order < orders; order++) {
      requests.add(1, { "http.request.method": order % 3 === 0 ? "POST" : "GET", "http.route": "/order/{id}" });
      duration.record(0.004 * 2 ** order);
      value.record(1.5 ** order);
    }
    queue.add(orders - 4);
    temperature.record(20 + orders / 8, { "hw.id": "kettle" });
    this.#uptime += orders;
  }

  /** Collects, and sends what there is as at this time; rejects when the exporter says that it failed. */
  async exportAt(timeMs: number): Promise<void> {
    const { url, encoding, temporality, startMs } = this.#options;
    const collected = await this.#reader.collect();
    if (collected.errors.length > 0) throw new Error("the SDK has failed to collect", { cause: collected.errors[0] });
    const options = { url: `${url}v1/metrics`, temporalityPreference: preferences[temporality] };
    const exporter = encoding === "json" ? new JsonMetricExporter(options) : new ProtobufMetricExporter(options);
    const startOf = temporality === "delta" ? this.#lastMs : startMs;
    await exported((done) => exporter.export(withTimes(collected.resourceMetrics, startOf, timeMs), done));
    this.#lastMs = timeMs;
    await exporter.shutdown();
  }
}

const preferences = {
  cumulative: AggregationTemporalityPreference.CUMULATIVE,
  delta: AggregationTemporalityPreference.DELTA,
} as const;

/** Sends two spans of one trace, the second one the child of the first, with all that a span can have. */
export async function sendSpans({
  url,
  encoding,
  startMs,
}: Omit<ShopOptions, "temporality">): Promise<{ readonly traceId: string }> {
  const traceId = (encoding === "json" ? "1" : "2").padStart(32, "c");
  const options = { url: `${url}v1/traces` };
  const exporter = encoding === "json" ? new JsonTraceExporter(options) : new ProtobufTraceExporter(options);
  const processor = new SimpleSpanProcessor({ exporter });
  let spans = 0;
  const provider = new TracerProvider({
    resource: resourceOf({ encoding, temporality: "cumulative" }),
    spanProcessors: [processor],
    idGenerator: {
      generateTraceId: () => traceId,
      generateSpanId: () => String(++spans).padStart(16, "d"),
    },
    spanLimits: { attributeCountLimit: 8, eventCountLimit: 2 },
  });
  const tracer = provider.getTracer("shop", "1.4.0");
  const root = tracer.startSpan("order", { kind: SpanKind.SERVER, startTime: hrTime(startMs), attributes: allKinds });
  const linked = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: TraceFlags.SAMPLED };
  const child = tracer.startSpan(
    "pay",
    { kind: SpanKind.CLIENT, startTime: hrTime(startMs + 1), links: [{ context: linked, attributes: { why: "retry" } }] },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  for (const attempt of [1, 2, 3]) child.addEvent("attempt", { attempt }, hrTime(startMs + 1 + attempt));
  child.setStatus({ code: SpanStatusCode.ERROR, message: "declined" });
  child.end(hrTime(startMs + 5));
  root.setStatus({ code: SpanStatusCode.OK });
  root.end(hrTime(startMs + 9));
  await provider.forceFlush();
  await provider.shutdown();
  return { traceId };
}

/** Sends two log records, one with all that it can have, one with as little as it can. */
export async function sendLogs({ url, encoding, startMs }: Omit<ShopOptions, "temporality">): Promise<void> {
  const options = { url: `${url}v1/logs` };
  const exporter = encoding === "json" ? new JsonLogExporter(options) : new ProtobufLogExporter(options);
  const provider = new LoggerProvider({
    resource: resourceOf({ encoding, temporality: "cumulative" }),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("shop", "1.4.0");
  const spanContext = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: TraceFlags.SAMPLED };
  logger.emit({
    timestamp: hrTime(startMs),
    observedTimestamp: hrTime(startMs + 1),
    severityNumber: 17,
    severityText: "ERROR",
    body: { text: "declined", codes: [4, 2] },
    eventName: "payment.declined",
    attributes: allKinds,
    context: trace.setSpanContext(ROOT_CONTEXT, spanContext),
  });
  logger.emit({ timestamp: hrTime(startMs + 2), observedTimestamp: hrTime(startMs + 2), body: "plain", context: ROOT_CONTEXT });
  await provider.forceFlush();
  await provider.shutdown();
}

const allKinds = {
  text: 'a "quoted" \u{1F980}',
  yes: true,
  whole: 42,
  part: 0.5,
  texts: ["a", "b"],
  wholes: [1, 2],
} as const satisfies Attributes;

class ManualReader extends MetricReader {
  constructor(temporality: Temporality) {
    const wanted = temporality === "delta" ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
    // As the exporters choose it: what may fall is always cumulative.
    super({
      aggregationTemporalitySelector: (type) => (type.includes("UP_DOWN") ? AggregationTemporality.CUMULATIVE : wanted),
    });
  }

  protected async onShutdown(): Promise<void> {
    await this.onForceFlush();
  }

  protected async onForceFlush(): Promise<void> {
    // Nothing waits here.
  }
}

function createInstruments(provider: MeterProvider, uptime: () => number) {
  const meter = provider.getMeter("shop", "1.4.0", { schemaUrl: "https://opentelemetry.io/schemas/1.38.0" });
  meter.createObservableCounter("process.cpu.time", { unit: "s" }).addCallback((result) => {
    result.observe(uptime() / 4, { "cpu.mode": "user" });
    result.observe(uptime() / 8, { "cpu.mode": "system" });
  });
  meter.createObservableGauge("memory.utilization", { unit: "1" }).addCallback((result) => result.observe(1 / (1 + uptime())));
  meter
    .createObservableUpDownCounter("db.connections", { unit: "{connection}" })
    .addCallback((result) => result.observe(uptime() - 2));
  return {
    requests: meter.createCounter("http.requests", { unit: "{request}", description: "Requests\nof both kinds." }),
    queue: meter.createUpDownCounter("queue.size", { unit: "{order}", description: "Orders that wait." }),
    duration: meter.createHistogram("http.request.duration", {
      unit: "s",
      description: "How long requests take.",
      advice: { explicitBucketBoundaries: [0.005, 0.05, 0.5] },
    }),
    value: meter.createHistogram("order.value", { unit: "EUR", description: "What orders are worth." }),
    temperature: meter.createGauge("room.temperature", { unit: "Cel" }),
  };
}

function resourceOf({ encoding, temporality }: Pick<ShopOptions, "encoding" | "temporality">) {
  return resourceFromAttributes({
    "service.name": "shop",
    "service.namespace": "market",
    "service.instance.id": `${temporality}-${encoding}`,
    "host.name": "stall",
    "process.pid": 4711,
  });
}

/** Data points as at the time, counted since `startMs`. */
function withTimes({ resource, scopeMetrics }: ResourceMetrics, startMs: number, timeMs: number): ResourceMetrics {
  const [startTime, endTime] = [hrTime(startMs), hrTime(timeMs)];
  const timed = structuredClone(scopeMetrics);
  for (const { metrics } of timed) {
    for (const { dataPoints } of metrics) for (const point of dataPoints) Object.assign(point, { startTime, endTime });
  }
  return { resource, scopeMetrics: timed };
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];
}

interface ExportOutcome {
  readonly code: number;
  readonly error?: Error;
}

function exported(begin: (done: (outcome: ExportOutcome) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    begin(({ code, error }) => {
      if (code === 0) resolve();
      else reject(error ?? new Error("the exporter has failed without a reason"));
    });
  });
}
