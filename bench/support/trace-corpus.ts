/**
 * Spans as a collector sends them on: of 50 services with 40 operations each on 250 machines, in traces of 5 to 200 spans and a few of 10,000,
 * with 8 to 10 attributes, some of which hardly any two spans have in common. Requests hold what ended in some seconds, grouped by
 * who has sent it; so a trace is spread over several chunks. The same for the same seed.
 */
import type { Attributes, Span, SpanStatus, TelemetrySource } from "../../src/core/span.ts";

export interface TraceCorpus {
  readonly spans: number;
  readonly seed: number;
  /** When the first trace begins, and how long it is to the last one. */
  readonly startNs: bigint;
  readonly lengthNs: bigint;
}

const serviceCount = 50;
const operationsEach = 40;
const hostsEach = 5;
/** Traces whose spans come in together. */
const tracesTogether = 300;
/** One trace in so many is a long one. */
const longTraceEvery = 20_000;
const longTraceSpans = 10_000;
const spansPerRequest = 8192;
const failedShare = 0.01;

interface Service {
  readonly name: string;
  readonly sources: readonly TelemetrySource[];
  readonly operations: readonly Operation[];
}

interface Operation {
  readonly name: string;
  readonly route: string;
  readonly statement: string;
  /** Of its duration, ln of ms. */
  readonly median: number;
}

/** Requests, each a list of spans, in the order of their sending. */
export function* tracesCorpus({ spans: wanted, seed, startNs, lengthNs }: TraceCorpus): Generator<readonly Span[]> {
  const random = randomFrom(seed);
  const services = Array.from({ length: serviceCount }, (_, index) => serviceOf(index, random));
  let made = 0;
  let traces = 0;
  while (made < wanted) {
    const together: Span[] = [];
    for (let count = 0; count < tracesTogether && made + together.length < wanted; count++) {
      const size = ++traces % longTraceEvery === 0 ? longTraceSpans : Math.round(5 * 40 ** random());
      const begin = startNs + (lengthNs * BigInt(made + together.length)) / BigInt(wanted);
      for (const span of traceOf(services, { size: Math.min(size, wanted - made - together.length), begin }, random)) {
        together.push(span);
      }
    }
    made += together.length;
    together.sort((a, b) => Number(a.endNs - b.endNs));
    for (let from = 0; from < together.length; from += spansPerRequest) {
      const request = together.slice(from, from + spansPerRequest);
      yield [...Map.groupBy(request, ({ source }) => source).values()].flat();
    }
  }
}

function serviceOf(index: number, random: () => number): Service {
  const name = `service-${String(index).padStart(2, "0")}`;
  return {
    name,
    sources: Array.from({ length: hostsEach }, (_, host) => ({
      resource: {
        "service.name": name,
        "service.version": `1.${index}.${host % 2}`,
        "service.instance.id": hex(random, 32),
        "host.name": `host-${String(index * hostsEach + host).padStart(3, "0")}`,
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "nodejs",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "2.2.0",
      },
      scopeName: "@opentelemetry/instrumentation-http",
      scopeVersion: "0.208.0",
      scopeAttributes: {},
    })),
    operations: Array.from({ length: operationsEach }, (_, operation) => ({
      name: `${operation % 3 === 0 ? "POST" : "GET"} /${name}/v1/resource-${operation}`,
      route: `/${name}/v1/resource-${operation}/:id`,
      statement: `SELECT id, body, updated_at FROM resource_${operation} WHERE id = $1 AND deleted_at IS NULL`,
      median: Math.log(1 + 40 * random() ** 3),
    })),
  };
}

function traceOf(
  services: readonly Service[],
  { size, begin }: { readonly size: number; readonly begin: bigint },
  random: () => number,
): readonly Span[] {
  const traceId = hex(random, 32);
  const transaction = hex(random, 64);
  const user = `user-${Math.floor(random() * 100_000)}`;
  const spans: Span[] = [];
  for (let index = 0; index < size; index++) {
    const parent = spans[Math.floor(random() ** 2 * index)];
    const service = pick(services, random);
    const operation = pick(service.operations, random);
    const startNs = parent === undefined ? begin : parent.startNs + BigInt(Math.floor(random() * 5e6));
    const ms = Math.exp(operation.median + 0.8 * normal(random));
    const status: SpanStatus = random() < failedShare ? "error" : "unset";
    const attributes: Attributes = {
      "http.request.method": operation.name.slice(0, 4).trim(),
      "http.route": operation.route,
      "http.response.status_code": status === "error" ? 500 : 200,
      "server.address": `10.0.${Math.floor(random() * 4)}.${Math.floor(random() * 50)}`,
      "server.port": 8080,
      "enduser.id": user,
      "thread.id": Math.floor(random() * 64),
      "request.id": hex(random, 16),
      ...(index % 3 === 0 ? { "db.query.text": operation.statement } : {}),
      ...(index % 4 === 0 ? { "tx.hash": `0x${transaction}` } : {}),
    };
    spans.push({
      source: pick(service.sources, random),
      traceId,
      spanId: hex(random, 16),
      parentSpanId: parent?.spanId ?? "",
      traceState: "",
      flags: 257,
      name: operation.name,
      kind: index % 2 === 0 ? "server" : "client",
      startNs,
      endNs: startNs + BigInt(Math.floor(ms * 1e6)),
      status,
      statusMessage: status === "error" ? "upstream request timeout" : "",
      attributes,
      events: [],
      links: [],
      droppedAttributes: 0,
      droppedEvents: 0,
      droppedLinks: 0,
    });
  }
  return spans;
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}

function hex(random: () => number, digits: number): string {
  let text = "";
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return text;
}

/** Source: Box and Muller, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Source: Tommy Ettinger's mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
