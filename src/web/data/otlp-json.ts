/** OTLP's JSON, as far as pages read it. Source: opentelemetry-proto trace/v1/trace.proto. */
export interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface OtlpSpan {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events: readonly {
    readonly timeUnixNano: string;
    readonly name: string;
    readonly attributes: readonly OtlpAttribute[];
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: readonly OtlpAttribute[];
  }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
}

export interface ResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
}

/** An AnyValue as text. Source: opentelemetry-proto common/v1/common.proto. */
export function attributeText(value: Readonly<Record<string, unknown>>): string {
  const [kind, inner] = Object.entries(value)[0] ?? ["", ""];
  switch (kind) {
    case "stringValue":
    case "intValue":
    case "doubleValue":
    case "boolValue":
    case "bytesValue":
      return String(inner);
    default:
      return inner === "" ? "" : JSON.stringify(inner);
  }
}
