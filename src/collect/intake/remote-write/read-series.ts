/** What follows the labels of a series. The two versions of remote write differ in a few numbers and in how exemplars name their labels. */
import type { Exemplar } from "../../../core/exemplar.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { addHistogram } from "./add-histogram.ts";
import { readSample, readSamples } from "./read-samples.ts";
import type { SeriesKey } from "./series-key.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Fields 1 and 2 of a series: labels, samples. */
const labelsField = 1;
const samplesField = 2;
/** Field 2, of bytes. */
const samplesTag = 0x12;

export interface Dialect {
  readonly histogramsField: number;
  readonly exemplarsField: number;
  readExemplar(reader: ProtoReader, batch: WriteBatch): Exemplar;
  /** Reads or skips any other field. */
  readOther(reader: ProtoReader, batch: WriteBatch): void;
}

/**
 * Reads from behind the labels to the end of the series. `expected`: its number, where it is the one that was expected; else -1.
 * `view`: of the reader's bytes.
 */
export function readSeries(
  reader: ProtoReader,
  view: DataView,
  key: SeriesKey,
  expected: SeriesRef,
  dialect: Dialect,
  batch: WriteBatch,
): void {
  const { at, end } = reader;
  let ref: SeriesRef | null = null;
  if (at < end && reader.bytes[at] === samplesTag) {
    ref = expected >= 0 ? expected : batch.refOf(key);
    if (ref >= 0) reader.at = readSamples(reader.bytes, view, at, end, ref, batch);
  }
  if (!reader.done) readRest(reader, key, ref, dialect, batch);
}

/** Whatever is no sample written as usual. Exemplars and metadata are told of the series: for them alone it gets no number. */
function readRest(reader: ProtoReader, key: SeriesKey, known: SeriesRef | null, dialect: Dialect, batch: WriteBatch): void {
  const exemplars: Exemplar[] = [];
  let ref = known;
  let left = 0;
  while (reader.next()) {
    const { field } = reader;
    if (field === labelsField) throw new ProtobufError("labels of a series must come first, and together", reader.at);
    if (field === samplesField || field === dialect.histogramsField) {
      ref ??= batch.refOf(key);
      if (ref < 0) {
        reader.skip();
        left++;
      } else if (field === samplesField) readSample(reader, ref, batch);
      else addHistogram(reader, ref, batch);
    } else if (field === dialect.exemplarsField) exemplars.push(dialect.readExemplar(reader, batch));
    else dialect.readOther(reader, batch);
  }
  batch.refuseSeries(left);
  if (exemplars.length > 0) batch.addExemplars(key, exemplars);
}
