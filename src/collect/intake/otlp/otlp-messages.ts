/**
 * OTLP's messages, as far as they are read: for each field its name in JSON, its number and its type in protobuf.
 * Sources: opentelemetry-proto collector/{metrics,trace,logs}/v1/*_service.proto, metrics/v1/metrics.proto, trace/v1/trace.proto,
 * logs/v1/logs.proto, resource/v1/resource.proto, common/v1/common.proto.
 */

/** `id` is bytes that JSON has in hexadecimal, where it has other bytes in base64. Enumerations are `int32`. */
export type ScalarType =
  | "string"
  | "bool"
  | "int32"
  | "uint32"
  | "sint32"
  | "int64"
  | "uint64"
  | "fixed32"
  | "fixed64"
  | "sfixed64"
  | "double"
  | "bytes"
  | "id";

export interface MessageField {
  readonly number: number;
  readonly type: ScalarType | MessageShape;
  /** Repeated; numbers are not packed, which every reader takes. */
  readonly list?: true;
}

export interface MessageShape {
  readonly [name: string]: MessageField;
}

const list = (number: number, type: MessageField["type"]): MessageField => ({ number, type, list: true });
const one = (number: number, type: MessageField["type"]): MessageField => ({ number, type });

/** The three are each other's parts: getters, so that each is made before it is asked for another. */
const anyValue: MessageShape = {
  stringValue: one(1, "string"),
  boolValue: one(2, "bool"),
  intValue: one(3, "int64"),
  doubleValue: one(4, "double"),
  get arrayValue() {
    return one(5, { values: list(1, anyValue) });
  },
  get kvlistValue() {
    return one(6, { values: list(1, keyValue) });
  },
  bytesValue: one(7, "bytes"),
};
const keyValue: MessageShape = { key: one(1, "string"), value: one(2, anyValue) };

const resource: MessageShape = { attributes: list(1, keyValue), droppedAttributesCount: one(2, "uint32") };
const scope: MessageShape = {
  name: one(1, "string"),
  version: one(2, "string"),
  attributes: list(3, keyValue),
  droppedAttributesCount: one(4, "uint32"),
};

const exemplar: MessageShape = {
  timeUnixNano: one(2, "fixed64"),
  asDouble: one(3, "double"),
  spanId: one(4, "id"),
  traceId: one(5, "id"),
  asInt: one(6, "sfixed64"),
  filteredAttributes: list(7, keyValue),
};

const times = { startTimeUnixNano: one(2, "fixed64"), timeUnixNano: one(3, "fixed64") } as const;

const numberPoint: MessageShape = {
  attributes: list(7, keyValue),
  ...times,
  asDouble: one(4, "double"),
  exemplars: list(5, exemplar),
  asInt: one(6, "sfixed64"),
  flags: one(8, "uint32"),
};

const histogramPoint: MessageShape = {
  attributes: list(9, keyValue),
  ...times,
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  bucketCounts: list(6, "fixed64"),
  explicitBounds: list(7, "double"),
  exemplars: list(8, exemplar),
  flags: one(10, "uint32"),
  min: one(11, "double"),
  max: one(12, "double"),
};

const exponentialBuckets: MessageShape = { offset: one(1, "sint32"), bucketCounts: list(2, "uint64") };

const exponentialPoint: MessageShape = {
  attributes: list(1, keyValue),
  ...times,
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  scale: one(6, "sint32"),
  zeroCount: one(7, "fixed64"),
  positive: one(8, exponentialBuckets),
  negative: one(9, exponentialBuckets),
  flags: one(10, "uint32"),
  exemplars: list(11, exemplar),
  min: one(12, "double"),
  max: one(13, "double"),
  zeroThreshold: one(14, "double"),
};

const summaryPoint: MessageShape = {
  attributes: list(7, keyValue),
  ...times,
  count: one(4, "fixed64"),
  sum: one(5, "double"),
  quantileValues: list(6, { quantile: one(1, "double"), value: one(2, "double") }),
  flags: one(8, "uint32"),
};

const temporality = one(2, "int32");

const metric: MessageShape = {
  name: one(1, "string"),
  description: one(2, "string"),
  unit: one(3, "string"),
  gauge: one(5, { dataPoints: list(1, numberPoint) }),
  sum: one(7, {
    aggregationTemporality: temporality,
    isMonotonic: one(3, "bool"),
    dataPoints: list(1, numberPoint),
  }),
  histogram: one(9, { aggregationTemporality: temporality, dataPoints: list(1, histogramPoint) }),
  exponentialHistogram: one(10, { aggregationTemporality: temporality, dataPoints: list(1, exponentialPoint) }),
  summary: one(11, { dataPoints: list(1, summaryPoint) }),
  metadata: list(12, keyValue),
};

export const metricsRequest: MessageShape = {
  resourceMetrics: list(1, {
    resource: one(1, resource),
    scopeMetrics: list(2, { scope: one(1, scope), metrics: list(2, metric), schemaUrl: one(3, "string") }),
    schemaUrl: one(3, "string"),
  }),
};

const spanEvent: MessageShape = {
  timeUnixNano: one(1, "fixed64"),
  name: one(2, "string"),
  attributes: list(3, keyValue),
  droppedAttributesCount: one(4, "uint32"),
};

const spanLink: MessageShape = {
  traceId: one(1, "id"),
  spanId: one(2, "id"),
  traceState: one(3, "string"),
  attributes: list(4, keyValue),
  droppedAttributesCount: one(5, "uint32"),
  flags: one(6, "fixed32"),
};

const span: MessageShape = {
  traceId: one(1, "id"),
  spanId: one(2, "id"),
  traceState: one(3, "string"),
  parentSpanId: one(4, "id"),
  name: one(5, "string"),
  kind: one(6, "int32"),
  startTimeUnixNano: one(7, "fixed64"),
  endTimeUnixNano: one(8, "fixed64"),
  attributes: list(9, keyValue),
  droppedAttributesCount: one(10, "uint32"),
  events: list(11, spanEvent),
  droppedEventsCount: one(12, "uint32"),
  links: list(13, spanLink),
  droppedLinksCount: one(14, "uint32"),
  status: one(15, { message: one(2, "string"), code: one(3, "int32") }),
  flags: one(16, "fixed32"),
};

export const tracesRequest: MessageShape = {
  resourceSpans: list(1, {
    resource: one(1, resource),
    scopeSpans: list(2, { scope: one(1, scope), spans: list(2, span), schemaUrl: one(3, "string") }),
    schemaUrl: one(3, "string"),
  }),
};

const logRecord: MessageShape = {
  timeUnixNano: one(1, "fixed64"),
  severityNumber: one(2, "int32"),
  severityText: one(3, "string"),
  body: one(5, anyValue),
  attributes: list(6, keyValue),
  droppedAttributesCount: one(7, "uint32"),
  flags: one(8, "fixed32"),
  traceId: one(9, "id"),
  spanId: one(10, "id"),
  observedTimeUnixNano: one(11, "fixed64"),
  eventName: one(12, "string"),
};

export const logsRequest: MessageShape = {
  resourceLogs: list(1, {
    resource: one(1, resource),
    scopeLogs: list(2, { scope: one(1, scope), logRecords: list(2, logRecord), schemaUrl: one(3, "string") }),
    schemaUrl: one(3, "string"),
  }),
};
