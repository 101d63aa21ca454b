/** Exemplars and metadata, read from their files; each call opens and closes one, because few calls come. */
import type { Exemplar, SeriesExemplars } from "../../core/exemplar.ts";
import { type LabelMatcher, type Labels, labelsOfKey, labelValue } from "../../core/labels.ts";
import { type MetricMetadata, type MetricType, metricTypes } from "../../core/metric-metadata.ts";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import { compileMatcher } from "../catalog/matcher.ts";
import { checkedBytes } from "../checksum.ts";
import { blobOf, DamagedFileError, integerOf, textOf } from "../database.ts";
import { exemplarSchema } from "./exemplar-tables.ts";
import { metadataSchema } from "./metadata-tables.ts";
import { readSideFile } from "./read-side-file.ts";
import { exemplarPath, metadataPath } from "./telemetry-files.ts";

/** Rows between two looks at the clock. */
const rowsPerCheck = 1024;

/** Of series that one of the sets accepts, sorted by their labels; beyond `limit` exemplars there is a note instead. */
export function readExemplars(
  dataDir: string,
  { matchers, startMs, endMs, limit }: ExemplarWish,
  allowance: ReadAllowance,
): readonly SeriesExemplars[] {
  const sets = matchers.map((set) => set.map(compileMatcher));
  const isWanted = (labels: Labels): boolean =>
    sets.some((set) => set.every((matcher) => matcher.matches(labelValue(labels, matcher.name))));
  return readSideFile({ path: exemplarPath(dataDir), schema: exemplarSchema }, allowance, [], (database) => {
    const select = database.prepare(
      "SELECT ts, body FROM exemplar WHERE series = ? AND ts BETWEEN ? AND ? ORDER BY ts, id LIMIT ?",
    );
    const all: SeriesExemplars[] = [];
    let [looked, left] = [0, limit];
    for (const row of database.prepare("SELECT id, labels FROM series").iterate()) {
      if (looked++ % rowsPerCheck === 0) allowance.check();
      const series = labelsOfKey(Buffer.from(checkedBytes("series", blobOf(row, "labels"))).toString());
      if (!isWanted(series)) continue;
      const rows = select.all(integerOf(row, "id"), Math.ceil(startMs), Math.floor(endMs), left + 1);
      if (rows.length > left) allowance.note(`there are more than ${limit} exemplars; some are left out`);
      const exemplars = rows.slice(0, left).map((one) => exemplarOf(integerOf(one, "ts"), blobOf(one, "body")));
      left -= exemplars.length;
      if (exemplars.length > 0) all.push({ series, exemplars });
      if (rows.length > exemplars.length) break;
    }
    return all;
  });
}

export interface ExemplarWish {
  readonly matchers: readonly (readonly LabelMatcher[])[];
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
}

/** Of one metric, or of all; sorted by name. */
export function readMetadata(
  dataDir: string,
  metric: string | null,
  limit: number,
  allowance: ReadAllowance,
): readonly MetricMetadata[] {
  return readSideFile({ path: metadataPath(dataDir), schema: metadataSchema }, allowance, [], (database) =>
    database
      .prepare("SELECT metric, type, help, unit FROM metadata WHERE ?1 IS NULL OR metric = ?1 ORDER BY metric LIMIT ?2")
      .all(metric, limit)
      .map((row) => ({
        metric: textOf(row, "metric"),
        type: typeOf(textOf(row, "type")),
        help: textOf(row, "help"),
        unit: textOf(row, "unit"),
      })),
  );
}

function exemplarOf(timestampMs: number, body: Uint8Array): Exemplar {
  const bytes = Buffer.from(checkedBytes("exemplar", body));
  return { labels: labelsOfKey(bytes.toString("utf8", 8)), value: bytes.readDoubleLE(0), timestampMs };
}

function typeOf(text: string): MetricType {
  const type = metricTypes.find((known) => known === text);
  if (type === undefined) throw new DamagedFileError(`${text} is no type of a metric`);
  return type;
}
