/** Bounds of what one OTLP request may make of this process. Beyond them something is left out and counted, or the request refused. */

/** Of a span, an event, a link, a log record, a resource or a scope; SDKs stop at 128 (OpenTelemetry specification, "Attribute Limits"). */
export const attributesMax = 1024;

/** One attribute with its name: longer ones are left out and counted. */
export const attributeBytesMax = 65_536;

/** How deep values may be nested: protobuf's own parsers stop at 100 messages, of which a level takes two or three. */
export const valueDepthMax = 32;

/** Events and links of one span; SDKs stop at 128 each. */
export const spanPartsMax = 4096;

/** Longer bodies of log records are refused: half a record would look like a whole one. */
export const logBodyBytesMax = 1_048_576;

/** Buckets of one histogram; SDKs have 160 in an exponential one and 16 in the others. */
export const bucketsMax = 4096;

/** Quantiles of one summary. */
export const quantilesMax = 256;

/** Exemplars of one data point. */
export const exemplarsMax = 256;

/** Characters of all of an exemplar's labels. Source: OpenMetrics 1.0, "Exemplars". */
export const exemplarLabelCharacters = 128;

/** Samples, and new series, after which a batch is handed on before more is read. */
export const batchSamples = 50_000;
export const batchNewSeries = 5000;

/** Spans or log records, and bytes of the request, after which they are handed on before more is read. */
export const batchRecords = 1000;
export const batchRecordBytes = 4_194_304;

/** Bytes of the resources of all scopes of one request: each scope's spans or log records are stored with the whole of their resource. */
export const sourceBytesMax = 67_108_864;
