/** Exemplars of one target: a target shows the same ones in each scrape until it has newer ones, so only those that changed are told. */
import { ChainPulseError } from "../../../core/errors.ts";
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import type { Labels } from "../../../core/labels.ts";
import type { ParsedExemplar } from "../../../io/openmetrics/parsed-family.ts";
import { readProtobufExemplar, readTextExemplar } from "../../../io/openmetrics/read-exemplar.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { RawExemplar } from "./scrape-reading.ts";

export interface ExemplarSource {
  readonly body: Uint8Array;
  readonly isProtobuf: boolean;
  /** Time of exemplars that have none. */
  readonly timeMs: number;
  /** The labels of the series that has the exemplar; `null` where it is not stored. */
  readonly labelsOf: (raw: RawExemplar) => Labels | null;
}

/** Series whose exemplars are remembered. At the bound all are forgotten: they are told once more, which harms nothing. */
const seriesMax = 50_000;

export class NewExemplars {
  /** By series' entry and place in its list: the bytes that were there last. */
  readonly #known = new Map<string, string>();

  /** Those that were not there before. One that cannot be read is left out: the sample that it stands behind counts. */
  take(raws: readonly RawExemplar[], source: ExemplarSource): readonly SeriesExemplars[] {
    const found: SeriesExemplars[] = [];
    const places = new Map<number, number>();
    for (const raw of raws) {
      const place = places.get(raw.entry) ?? 0;
      places.set(raw.entry, place + 1);
      const key = `${raw.entry}:${place}`;
      const bytes = source.body.subarray(raw.from, raw.to);
      const text = Buffer.from(bytes).toString("latin1");
      if (this.#known.get(key) === text) continue;
      if (this.#known.size >= seriesMax) this.#known.clear();
      this.#known.set(key, text);
      const exemplar = readExemplar(bytes, source.isProtobuf);
      const series = exemplar === null ? null : source.labelsOf(raw);
      if (exemplar === null || series === null) continue;
      const { labels, value, timestampMs } = exemplar;
      found.push({ series, exemplars: [{ labels, value, timestampMs: Math.round(timestampMs ?? source.timeMs) }] });
    }
    return found;
  }

  /** Entries have other numbers now. */
  clear(): void {
    this.#known.clear();
  }
}

function readExemplar(bytes: Uint8Array, isProtobuf: boolean): ParsedExemplar | null {
  try {
    return isProtobuf ? readProtobufExemplar(bytes) : readTextExemplar(bytes);
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof ChainPulseError) return null;
    throw error;
  }
}
