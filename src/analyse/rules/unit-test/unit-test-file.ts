/** Unit tests of rules as data. Source of the format: Prometheus documentation, "Unit testing for rules"; cmd/promtool/unittest.go. */
import type { Labels } from "../../../core/labels.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";
import type { SeriesLine } from "../../../query/promqltest/series-line.ts";

export interface UnitTestFile {
  /** Paths and patterns, relative to the file. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  /** Groups that are evaluated before all others, in this order. */
  readonly groupOrder: readonly string[];
  /** Numbers may differ in their last bit. */
  readonly isFuzzy: boolean;
  readonly tests: readonly UnitTest[];
}

export interface UnitTest {
  /** As written, else its number: `test 2`. */
  readonly name: string;
  /** Distance of the samples of a series. */
  readonly intervalMs: number;
  /** Time of the first sample and of the first evaluation; times of the cases count from there. */
  readonly startMs: number;
  readonly series: readonly SeriesLine[];
  readonly alertCases: readonly AlertCase[];
  readonly exprCases: readonly ExprCase[];
  readonly externalLabels: Labels;
  readonly externalUrl: string;
}

/** Exactly these alerts of the name fire. */
export interface AlertCase {
  readonly line: number;
  readonly atMs: number;
  readonly alertName: string;
  readonly alerts: readonly ExpectedAlert[];
}

/** `labels` with `alertname`. */
export interface ExpectedAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** The expression gives exactly these elements. */
export interface ExprCase {
  readonly line: number;
  readonly atMs: number;
  readonly expr: string;
  readonly samples: readonly ExpectedSample[];
}

export interface ExpectedSample {
  readonly labels: Labels;
  readonly value: number | NativeHistogram;
}
