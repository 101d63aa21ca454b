/** Brings spans to whoever takes OTLP, in requests that are no larger than it takes. */
import type { Span } from "../../../core/span.ts";
import type { SendOutcome } from "../destination.ts";

export interface SpanRequests {
  readonly encode: (spans: readonly Span[]) => Uint8Array;
  /** Of a request before compression. */
  readonly bytesMax: number;
}

/**
 * Calls `send` with a request of all spans, or with two of half of them each where that has more than `bytesMax` bytes, and so on. A span
 * that is too large alone is refused here, so that it takes no other with it. What was taken before a "retry" may be sent twice.
 */
export async function sendSpans(
  spans: readonly Span[],
  requests: SpanRequests,
  send: (body: Uint8Array, count: number) => Promise<SendOutcome>,
): Promise<SendOutcome> {
  const { encode, bytesMax } = requests;
  const body = encode(spans);
  if (body.length <= bytesMax) return send(body, spans.length);
  if (spans.length === 1) {
    return { kind: "refused", message: `a span has ${body.length} bytes, where ${bytesMax} are the most`, count: 1 };
  }
  const middle = spans.length >> 1;
  const first = await sendSpans(spans.slice(0, middle), requests, send);
  if (first.kind === "retry") return first;
  const second = await sendSpans(spans.slice(middle), requests, send);
  if (first.kind === "stored" || second.kind === "retry") return second;
  return second.kind === "stored" ? first : { ...second, count: first.count + second.count };
}
