/**
 * UCUM units that a declaration may use, and their word in Prometheus names.
 * Source of the words: OpenTelemetry "Prometheus and OpenMetrics compatibility", metric metadata → unit; base units only.
 */
export const unitWords = {
  s: "seconds",
  By: "bytes",
  Cel: "celsius",
  Hz: "hertz",
  W: "watts",
  J: "joules",
  V: "volts",
  "By/s": "bytes_per_second",
  "bit/s": "bits_per_second",
  /** A ratio from 0 to 1; the suffix is used on gauges only. */
  "1": "ratio",
  /** No unit: info metrics, states, raw identifiers. */
  "": "",
} as const;

/** `{thing}` counts things: an annotation in UCUM, dropped in Prometheus names. */
export type Unit = keyof typeof unitWords | `{${string}}`;
