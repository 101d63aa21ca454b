/** Traces as a program sends them, by OTLP's JSON. */
import assert from "node:assert/strict";

export interface SentSpan {
  /** 1 to 255. */
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  readonly service?: string;
  /** Default: none is said. */
  readonly node?: string;
  /** Since `beginMs`. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Resolves when they are stored. `beginMs`: since the epoch. */
export async function sendTrace(
  origin: string,
  traceId: string,
  spans: readonly SentSpan[],
  beginMs = Date.now() - 60_000,
): Promise<void> {
  const resourceSpans = spans.map(({ service = "shop", node, ...span }) => ({
    resource: {
      attributes: attributesOf({ "service.name": service, ...(node === undefined ? {} : { "chainpulse.node": node }) }),
    },
    scopeSpans: [{ spans: [spanOf(traceId, span, beginMs)] }],
  }));
  const answer = await fetch(`${origin}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

function spanOf(traceId: string, span: Omit<SentSpan, "service" | "node">, beginMs: number): unknown {
  const { id, parent, name, startMs, durationMs, failed = false, attributes = {} } = span;
  const ns = (ms: number): string => String(BigInt(Math.round((beginMs + ms) * 1000)) * 1000n);
  return {
    traceId,
    spanId: spanIdOf(id),
    parentSpanId: parent === undefined ? "" : spanIdOf(parent),
    name,
    kind: 1,
    startTimeUnixNano: ns(startMs),
    endTimeUnixNano: ns(startMs + durationMs),
    attributes: attributesOf(attributes),
    status: failed ? { code: 2, message: "card declined" } : { code: 0 },
  };
}

function spanIdOf(id: number): string {
  return id.toString(16).padStart(16, "0");
}

function attributesOf(said: Readonly<Record<string, string>>): unknown {
  return Object.entries(said).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
