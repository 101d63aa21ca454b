/**
 * Looks at a request that is still being unpacked, so that neither a million series, nor labels of megabytes, nor what is no request is
 * unpacked to its end. Only declared lengths are looked at; a request of usual size is whole before this has its first turn.
 */
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { Watch } from "../../../io/snappy-block.ts";
import { checkCount } from "./check-series-count.ts";
import { labelBytesMax } from "./read-labels.ts";

/** Bytes of a field's number and of its length, or of a whole field that has none, are fewer: 5 and 10 at most. */
const headBytes = 16;
/** Field 1 of a series, in both versions. */
const labelsField = 1;

/** `field`: of the request's series. What it gives throws `PAYLOAD_TOO_LARGE`, and `ProtobufError`. */
export function watchRequest(field: number, maxSeries: number): Watch {
  let count = 0;
  /** The field that is come to next, and the one before it, which may not be all there. */
  let at = 0;
  let last = { at: 0, isSeries: false };
  return (bytes, to) => {
    const reader = new ProtoReader(bytes, at);
    while (reader.at + headBytes <= to) {
      const start = reader.at;
      if (!reader.next()) break;
      last = { at: start, isSeries: reader.field === field };
      if (last.isSeries) checkCount(++count, maxSeries);
      reader.skip();
    }
    ({ at } = reader);
    if (at <= to) return;
    if (last.isSeries) checkLabels(bytes, last.at, to);
    // Symbols and metadata: texts as labels are.
    else checkLength(at - last.at);
  };
}

/** Of the series whose field begins there. */
function checkLabels(bytes: Uint8Array, at: number, to: number): void {
  const reader = new ProtoReader(bytes, at);
  reader.next();
  reader.enter();
  const from = reader.at;
  while (reader.at + headBytes <= to && reader.next() && reader.field === labelsField) {
    reader.skip();
    checkLength(reader.at - from);
  }
}

function checkLength(length: number): void {
  if (length <= labelBytesMax) return;
  throw new ChainPulseError("PAYLOAD_TOO_LARGE", `the request has labels of more than ${labelBytesMax} bytes together`, {
    fix: "Shorten the labels' values at their source.",
  });
}
