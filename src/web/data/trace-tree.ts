/** The spans of a trace as lines of a table: children below their parents, in the order in which they began. */

/** OTLP's JSON, as far as the page reads it. Source: opentelemetry-proto trace/v1/trace.proto. */
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
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
}

export interface ResourceSpans {
  readonly resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
}

export interface SpanLine {
  readonly span: OtlpSpan;
  readonly service: string;
  /** 0 for those without a parent, or whose parent is not there. */
  readonly depth: number;
  /** From the begin of the trace, ms. */
  readonly startMs: number;
  /** Below 0 where the sender's clock was set back. */
  readonly durationMs: number;
  readonly failed: boolean;
}

const errorCode = 2;

/** Every span once. What is its own ancestor (a sender's mistake) stands at the end as if it had no parent. */
export function spanLines(resources: readonly ResourceSpans[]): readonly SpanLine[] {
  const all = resources.flatMap(({ resource, scopeSpans }) => {
    const service = serviceOf(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ span, service, startNs: BigInt(span.startTimeUnixNano) })));
  });
  all.sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  const first = all[0];
  if (first === undefined) return [];
  const known = new Set(all.map(({ span }) => span.spanId));
  const children = Map.groupBy(all, ({ span }) => (known.has(span.parentSpanId) ? span.parentSpanId : ""));
  const lines: SpanLine[] = [];
  const placed = new Set<(typeof all)[number]>();
  // A stack and not recursion: a chain of spans may be as long as the trace.
  const place = (roots: readonly (typeof all)[number][]): void => {
    const waiting = roots.map((one) => ({ one, depth: 0 })).reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { one, depth } = next;
      if (placed.has(one)) continue;
      placed.add(one);
      const { span, service, startNs } = one;
      lines.push({
        span,
        service,
        depth,
        startMs: Number(startNs - first.startNs) / 1e6,
        durationMs: Number(BigInt(span.endTimeUnixNano) - startNs) / 1e6,
        failed: span.status.code === errorCode,
      });
      const below = children.get(span.spanId) ?? [];
      for (const child of below.toReversed()) waiting.push({ one: child, depth: depth + 1 });
    }
  };
  place(children.get("") ?? []);
  for (const one of all) if (!placed.has(one)) place([one]);
  return lines;
}

function serviceOf(attributes: readonly OtlpAttribute[]): string {
  const named = attributes.find(({ key }) => key === "service.name");
  return named === undefined ? "unknown_service" : attributeText(named.value);
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
