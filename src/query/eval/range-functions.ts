/** All functions of a range by name. */
import { overTimeFunctions } from "./over-time.ts";
import type { RangeFunction } from "./range-window.ts";
import { rateFunctions } from "./rate.ts";

export const rangeFunctions: ReadonlyMap<string, RangeFunction> = new Map(
  Object.entries({ ...rateFunctions, ...overTimeFunctions }),
);
