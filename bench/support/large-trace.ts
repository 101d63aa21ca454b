/** Traces of any size, sent as OTLP's JSON: services that call each other, some of which fail. The same for the same size. */

export interface LargeTrace {
  readonly traceId: string;
  readonly spans: number;
}

const services = ["gateway", "cart", "payment", "stock", "mail", "ledger", "search", "auth"];
const operationsEach = 25;
/** Children of a span, and its depth at most. */
const childrenMax = 6;
const depthMax = 12;
/** Of one request: some two megabytes. */
const spansPerRequest = 5000;
const seed = 20_261_126;

interface MadeSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly hasFailed: boolean;
}

/** Sends a trace that ends about now and waits until it is stored. */
export async function sendLargeTrace(origin: string, spans: number): Promise<LargeTrace> {
  const traceId = `beac0000${spans.toString(16).padStart(24, "0")}`;
  const made = makeSpans(spans);
  const beginNs = BigInt(Date.now() - 60_000) * 1_000_000n;
  for (let from = 0; from < made.length; from += spansPerRequest) {
    const body = JSON.stringify(requestOf(traceId, made.slice(from, from + spansPerRequest), beginNs));
    const answer = await fetch(`${origin}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    if (!answer.ok) throw new Error(`spans were refused: ${answer.status} ${await answer.text()}`);
  }
  return { traceId, spans };
}

/** Breadth first, so that every size is one tree without gaps. */
function makeSpans(count: number): readonly MadeSpan[] {
  const random = randomFrom(seed);
  const spans: MadeSpan[] = [spanOf(1, "", 0, 30_000_000, random)];
  const depths = [0];
  for (let parent = 0; spans.length < count; parent = (parent + 1) % spans.length) {
    const above = spans[parent];
    const depth = depths[parent] ?? 0;
    if (above === undefined || depth >= depthMax) continue;
    const children = Math.min(count - spans.length, 1 + Math.floor(random() * childrenMax));
    const share = (above.endUs - above.startUs) / children;
    for (let child = 0; child < children; child++) {
      const startUs = above.startUs + share * (child + random() * 0.3);
      spans.push(spanOf(spans.length + 1, above.spanId, startUs, startUs + share * (0.2 + random() * 0.6), random));
      depths.push(depth + 1);
    }
  }
  return spans;
}

function spanOf(id: number, parentSpanId: string, startUs: number, endUs: number, random: () => number): MadeSpan {
  const service = services[Math.floor(random() * services.length)] ?? "";
  const name = `${service} operation ${Math.floor(random() * operationsEach)}`;
  return { spanId: id.toString(16).padStart(16, "0"), parentSpanId, service, name, startUs, endUs, hasFailed: random() < 0.01 };
}

function requestOf(traceId: string, spans: readonly MadeSpan[], beginNs: bigint): unknown {
  const ns = (us: number): string => String(beginNs + BigInt(Math.round(us * 1000)));
  return {
    resourceSpans: [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
      resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
      scopeSpans: [
        {
          spans: own.map(({ spanId, parentSpanId, name, startUs, endUs, hasFailed }) => ({
            traceId,
            spanId,
            parentSpanId,
            name,
            kind: 1,
            startTimeUnixNano: ns(startUs),
            endTimeUnixNano: ns(endUs),
            attributes: [{ key: "thread.id", value: { intValue: "7" } }],
            status: { code: hasFailed ? 2 : 0 },
          })),
        },
      ],
    })),
  };
}

/** Numbers from 0 to 1 that are always the same (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
