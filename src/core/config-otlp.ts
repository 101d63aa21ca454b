/**
 * The section of OTLP: what is taken, and what metrics are called then. The options of the translation are those of Prometheus's section
 * `otlp`, in our spelling. Source: prometheus/prometheus config/config.go, OTLPConfig.
 */
import { z } from "zod";
import { listenSchema } from "./config-address.ts";

export const translationStrategies = [
  "underscore_escaping_with_suffixes",
  "underscore_escaping_without_suffixes",
  "no_utf8_escaping_with_suffixes",
  "no_translation",
] as const;

export const otlpSchema = z
  .strictObject({
    listen: listenSchema.optional().meta({
      description:
        "A second address for OTLP, e.g. 127.0.0.1:4318, where SDKs send to by default; the same rules as for server.listen.",
    }),
    max_body_bytes: z
      .int()
      .min(65_536)
      .max(268_435_456)
      .default(67_108_864)
      .meta({ description: "Larger requests are refused; measured after decompression." }),
    translation_strategy: z.enum(translationStrategies).default("underscore_escaping_with_suffixes").meta({
      description:
        "How names become Prometheus's: whether dots and the like become underscores, whether units and _total are added.",
    }),
    resource_attributes_as_labels: z.array(z.string().min(1).max(1024)).max(128).default([]).meta({
      description: "Resource attributes that every series gets as labels; the others are labels of target_info only.",
    }),
    keep_identifying_resource_attributes: z.boolean().default(false).meta({
      description: "target_info has service.name, service.namespace and service.instance.id as labels of their own too.",
    }),
    scope_labels: z
      .boolean()
      .default(true)
      .meta({ description: "Series say which instrumentation made them: otel_scope_name, otel_scope_version …" }),
    native_histograms: z
      .boolean()
      .default(false)
      .meta({ description: "Histograms with written-out bounds become native ones too, not series of buckets." }),
    delta_series_max: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(100_000)
      .meta({ description: "Series of delta temporality that are summed up at once; more are refused." }),
  })
  .prefault({});

export type OtlpConfig = z.infer<typeof otlpSchema>;
