/**
 * Spans and log records as OpenTelemetry defines them. Source: opentelemetry-proto trace/v1/trace.proto, logs/v1/logs.proto,
 * common/v1/common.proto. Ids are lower-case hex, times whole nanoseconds since the epoch as bigint: a number has not enough digits.
 */

/** A value of OpenTelemetry's AnyValue. Bytes stay bytes, 64-bit integers that are no safe numbers are bigint. */
export type AttributeValue =
  | string
  | boolean
  | number
  | bigint
  | Uint8Array
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** `Array.isArray`, which does not narrow readonly lists. */
export function isValueList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Who has sent something: attributes of the resource, and the instrumentation that made it. */
export interface TelemetrySource {
  readonly resource: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly scopeAttributes: Attributes;
}

/** In the order of their numbers, 0 to 5. */
export const spanKinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export type SpanKind = (typeof spanKinds)[number];

/** In the order of their numbers, 0 to 2. */
export const spanStatuses = ["unset", "ok", "error"] as const;
export type SpanStatus = (typeof spanStatuses)[number];

export interface SpanEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly flags: number;
}

export interface Span {
  readonly source: TelemetrySource;
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
}

export interface LogRecord {
  readonly source: TelemetrySource;
  /** When it happened; `null` where the source does not say. */
  readonly timeNs: bigint | null;
  /** When it was seen first. */
  readonly observedNs: bigint;
  /** 1–24, of the data model's severity numbers; 0: not said. */
  readonly severity: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  readonly eventName: string;
  readonly attributes: Attributes;
  readonly droppedAttributes: number;
  readonly flags: number;
  /** Empty where it belongs to no trace. */
  readonly traceId: string;
  readonly spanId: string;
}
