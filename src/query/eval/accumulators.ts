/**
 * Aggregations that need nothing but the values, over all steps at once: series are added one after the other, and what is known of a
 * group at each step lies in typed arrays. The bits are those of adding the values of one step after the other.
 * Source: Prometheus 3.14, promql/engine.go (aggregation).
 */
import type { Aggregation } from "../ast.ts";

/** One group. */
export interface Accumulator {
  /** Adds a series: `values[i]` where `present[i]` is 1. */
  readonly add: (values: Float64Array, present: Uint8Array) => void;
  /** The group's values, where there was any; nothing is added afterwards. */
  readonly result: () => Float64Array;
}

/** Makes an accumulator for so many steps. */
type Make = (count: number) => Accumulator;

/** With Neumaier's compensation, as `core/kahan-sum.ts`, whose steps these are. */
const sum: Make = (count) => {
  const sums = new Float64Array(count);
  const compensations = new Float64Array(count);
  return {
    add(values, present) {
      for (let i = 0; i < count; i++) {
        if (present[i] === 0) continue;
        addCompensated(sums, compensations, i, values[i] ?? Number.NaN);
      }
    },
    result() {
      for (let i = 0; i < count; i++) {
        const total = sums[i] ?? 0;
        if (Number.isFinite(total)) sums[i] = total + (compensations[i] ?? 0);
      }
      return sums;
    },
  };
};

function addCompensated(sums: Float64Array, compensations: Float64Array, i: number, value: number): void {
  const before = sums[i] ?? 0;
  const total = before + value;
  if (!Number.isFinite(total)) compensations[i] = 0;
  else {
    const lost = Math.abs(before) >= Math.abs(value) ? before - total + value : value - total + before;
    compensations[i] = (compensations[i] ?? 0) + lost;
  }
  sums[i] = total;
}

/** The mean of the compensated sum; from where that overflows, the running mean. As `kahan-mean.ts`. */
const average: Make = (count) => {
  const counts = new Uint32Array(count);
  const sums = new Float64Array(count);
  const compensations = new Float64Array(count);
  const isRunning = new Uint8Array(count);
  return {
    add(values, present) {
      for (let i = 0; i < count; i++) {
        if (present[i] === 0) continue;
        const value = values[i] ?? Number.NaN;
        const before = counts[i] ?? 0;
        const after = before + 1;
        counts[i] = after;
        if (before === 0) {
          sums[i] = value;
          continue;
        }
        if (isRunning[i] === 0) {
          const total = (sums[i] ?? 0) + value;
          if (total !== Number.POSITIVE_INFINITY && total !== Number.NEGATIVE_INFINITY) {
            addCompensated(sums, compensations, i, value);
            continue;
          }
          isRunning[i] = 1;
          sums[i] = (sums[i] ?? 0) / before;
          compensations[i] = (compensations[i] ?? 0) / before;
        }
        const weight = before / after;
        sums[i] = (sums[i] ?? 0) * weight;
        compensations[i] = (compensations[i] ?? 0) * weight;
        addCompensated(sums, compensations, i, value / after);
      }
    },
    result() {
      for (let i = 0; i < count; i++) {
        const by = isRunning[i] === 1 ? 1 : (counts[i] ?? 1);
        sums[i] = (sums[i] ?? 0) / by + (compensations[i] ?? 0) / by;
      }
      return sums;
    },
  };
};

/** Population variance by Welford's method; any infinity or NaN makes it NaN. */
const variance: Make = (count) => {
  const counts = new Uint32Array(count);
  const means = new Float64Array(count);
  const squares = new Float64Array(count);
  return {
    add(values, present) {
      for (let i = 0; i < count; i++) {
        if (present[i] === 0) continue;
        const value = values[i] ?? Number.NaN;
        const difference = value - (means[i] ?? 0);
        const after = (counts[i] ?? 0) + 1;
        const mean = (means[i] ?? 0) + difference / after;
        counts[i] = after;
        means[i] = mean;
        squares[i] = (squares[i] ?? 0) + difference * (value - mean);
      }
    },
    result: () => squares.map((total, i) => total / (counts[i] ?? 0)),
  };
};

const deviation: Make = (count) => {
  const { add, result } = variance(count);
  return { add, result: () => result().map(Math.sqrt) };
};

/** Minimum, maximum: NaN gives way to any number. */
function extreme(sign: 1 | -1): Make {
  return (count) => {
    const best = new Float64Array(count).fill(Number.NaN);
    return {
      add(values, present) {
        for (let i = 0; i < count; i++) {
          if (present[i] === 0) continue;
          const value = values[i] ?? Number.NaN;
          const before = best[i] ?? Number.NaN;
          if (Number.isNaN(before) || (value - before) * sign > 0) best[i] = value;
        }
      },
      result: () => best,
    };
  };
}

const counter: Make = (count) => {
  const counts = new Float64Array(count);
  return {
    add(_, present) {
      for (let i = 0; i < count; i++) counts[i] = (counts[i] ?? 0) + (present[i] ?? 0);
    },
    result: () => counts,
  };
};

const presence: Make = (count) => ({
  add() {
    // That a value came is all there is to know.
  },
  result: () => new Float64Array(count).fill(1),
});

/** By operator. */
export const accumulators = {
  sum,
  avg: average,
  min: extreme(-1),
  max: extreme(1),
  count: counter,
  group: presence,
  stdvar: variance,
  stddev: deviation,
} satisfies Partial<Record<Aggregation["operator"], Make>>;
