/** What a check of the store found, gathered with a bound. */

export interface Problem {
  readonly path: string;
  /** What is wrong, and where in the file. */
  readonly problem: string;
  /** The samples that are touched, where that can be told; ms. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** Problems that are kept; more are counted only. */
const problemsMax = 1000;

export class Findings {
  readonly problems: Problem[] = [];
  /** Problems beyond those that are kept. */
  more = 0;
  files = 0;
  blocks = 0;
  samples = 0;
  summaryRows = 0;

  add(path: string, problem: string, fromMs: number | null = null, toMs: number | null = null): void {
    if (this.problems.length < problemsMax) this.problems.push({ path, problem, fromMs, toMs });
    else this.more++;
  }
}
