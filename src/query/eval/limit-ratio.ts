/**
 * `limit_ratio`: a share of the series, always the same ones, because a hash of their labels decides.
 * Source: Prometheus 3.14, promql/engine.go (aggregationK, HashRatioSampler).
 */
import type { Labels } from "../../core/labels.ts";
import { xxhash64 } from "../../core/xxhash64.ts";
import type { Expr } from "../ast.ts";
import { formatNumber } from "../parser/literals.ts";
import { queryFailed, type QueryNotes } from "./context.ts";
import { isEmpty, sortLabels, type VectorSeries } from "./values.ts";

/**
 * The share `ratios[i]` of the elements at step `i`: those with the lowest hashes, or with a negative ratio the others, so that 0.2 and
 * −0.8 together are all. Ratios beyond ±1 are cut, with a warning at `parameter`. Throws `QUERY_FAILED` for NaN.
 */
export function limitRatio(
  vector: readonly VectorSeries[],
  ratios: Float64Array,
  parameter: Expr,
  notes: QueryNotes,
): readonly VectorSeries[] {
  if (ratios.some(Number.isNaN)) throw queryFailed("Ratio value is NaN");
  const limits = ratios.map((ratio) => Math.max(-1, Math.min(1, ratio)));
  for (const [step, ratio] of ratios.entries()) {
    const limit = limits[step] ?? 0;
    if (ratio === limit) continue;
    const got = `got ${formatNumber(ratio)}, capping to ${formatNumber(limit)}`;
    notes.warn(`ratio value should be between -1 and 1, ${got}`, parameter.span);
  }
  return vector
    .map((series) => {
      const position = positionOf(series.labels);
      const isTaken = (limit: number): boolean => (limit >= 0 ? position < limit : position >= 1 + limit);
      return { ...series, present: series.present.map((kind, step) => (isTaken(limits[step] ?? 0) ? kind : 0)) };
    })
    .filter((series) => !isEmpty(series));
}

/**
 * Where the series stands among all there could be, from 0 to 1: the hash of its labels over the greatest hash. As Prometheus is built
 * by default (model/labels/labels_stringlabels.go), a name and a value have their length in front of them.
 */
function positionOf(labels: Labels): number {
  const texts = Object.entries(sortLabels(labels)).flat();
  const packed = texts.map((text) => Buffer.from(text)).flatMap((bytes) => [lengthOf(bytes), bytes]);
  return Number(xxhash64(Buffer.concat(packed))) / hashMax;
}

/** One byte, or from 255 on that and three more, the lowest first. */
function lengthOf({ length }: Buffer): Uint8Array {
  return length < 255 ? Uint8Array.of(length) : Uint8Array.of(255, length, length >> 8, length >> 16);
}

const hashMax = 2 ** 64;
