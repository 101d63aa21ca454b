/** The check of the two files that name the series, and of samples whose series they do not name. */
import { existsSync } from "node:fs";
import { checkChunk, decodeLabels, rangeOfChunk } from "../../catalog/catalog-chunk.ts";
import { CatalogFile } from "../../catalog/catalog-file.ts";
import { DamagedFileError } from "../../database.ts";
import { LabelTable } from "../../catalog/label-table.ts";
import { SeriesIndex } from "../../catalog/series-index.ts";
import type { Findings } from "./findings.ts";
import { findDamage } from "./verify-database.ts";

/** Returns the number of series that the file names. */
export function verifyCatalogue(path: string, findings: Findings): number {
  const file = CatalogFile.forReading(path);
  if (file === null) return 0;
  try {
    return file.snapshot(() => {
      let series = 0;
      for (const chunk of file.chunks()) {
        try {
          series += checkChunk(chunk);
          decodeLabels(chunk, new LabelTable());
        } catch (error) {
          if (!(error instanceof DamagedFileError)) throw error;
          findings.add(path, `labels of series ${rangeOfChunk(chunk.id)}: ${error.message}`);
        }
      }
      const expected = file.head().series;
      if (expected !== series) findings.add(path, `${series} series are readable, ${expected} should be there`);
      return series;
    });
  } finally {
    file.close();
  }
}

/** Unnamed series that are listed per file. */
const listedMax = 10;

/** Looks up series by number. It follows a catalogue in use, because files are read one after the other. */
export class NamedSeries {
  readonly #index: SeriesIndex;
  readonly #dataDir: string;
  #isReadable = true;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#index = new SeriesIndex(dataDir);
  }

  /** Finds fault with samples of series without labels. A file that retention has deleted since may have lost its series too. */
  verify(path: string, refs: ReadonlySet<number>, findings: Findings): void {
    if (!this.#refresh(findings)) return;
    const unnamed = [...refs].filter((ref) => this.#index.labelsOf(ref) === undefined);
    if (unnamed.length === 0 || !existsSync(path)) return;
    const listed = `${unnamed.slice(0, listedMax).join(", ")}${unnamed.length > listedMax ? ", …" : ""}`;
    findings.add(path, `there are samples of ${unnamed.length} series without labels: ${listed}`);
  }

  close(): void {
    this.#index.close();
  }

  /** False where the labels cannot be read, which is found once. */
  #refresh(findings: Findings): boolean {
    if (!this.#isReadable) return false;
    try {
      this.#index.refresh();
    } catch (error) {
      findDamage(this.#dataDir, error, findings);
      this.#isReadable = false;
    }
    return this.#isReadable;
  }
}
