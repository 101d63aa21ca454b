/** What the catalogue's tests share: a catalogue in a directory of its own that goes with the test, and label sets. */
import { rmSync } from "node:fs";
import type { Labels } from "../../core/labels.ts";
import { Catalog, type CatalogOptions } from "./catalog.ts";
import { SeriesIndex } from "./series-index.ts";
import { noonMs, quietLogger } from "../ticks.test-support.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";

export interface TemporaryCatalog extends Disposable {
  readonly dataDir: string;
  readonly errors: string[];
  open(options?: Partial<CatalogOptions>): Catalog;
  /** Refreshed; it may be closed before the rest. */
  index(): SeriesIndex & Disposable;
}

export function temporaryCatalog(): TemporaryCatalog {
  const dataDir = scratchDirectory("chainpulse-catalog-");
  const errors: string[] = [];
  const opened = new DisposableStack();
  const logger = { ...quietLogger, error: (message: string): void => void errors.push(message) };
  const clock = { nowMs: () => noonMs, monotonicMs: () => 0 };
  return {
    dataDir,
    errors,
    open: (options) =>
      new Catalog({ dataDir, clock, logger, maxSeries: 1e6, maxSeriesPerNode: 1e5, highestRef: () => -1, ...options }),
    index() {
      const index = new SeriesIndex(dataDir);
      index.refresh();
      const disposable = Object.assign(index, { [Symbol.dispose]: () => index.close() });
      opened.use(disposable);
      return disposable;
    },
    [Symbol.dispose]() {
      opened.dispose();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Of many series: some labels with few values, one with a value for each. */
export function labelsOfSeries(i: number): Labels {
  return { __name__: `metric_${i % 40}_total`, device: `disk${i % 7}`, node: "n", path: `/srv/${i}` };
}
