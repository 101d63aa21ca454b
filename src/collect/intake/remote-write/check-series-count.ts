/** Whether a request has more series than are taken: looked at before any of them is read, because reading new ones costs most. */
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { Watch } from "../../../io/snappy-block.ts";

/** Bytes of a field's number and of its length, or of a whole field that has none, are fewer: 5 and 10 at most. */
const headBytes = 16;

/** `field`: of the request's series. Throws `PAYLOAD_TOO_LARGE`, and `ProtobufError`. */
export function checkSeriesCount(bytes: Uint8Array, field: number, max: number): void {
  const reader = new ProtoReader(bytes);
  for (let count = 0; reader.next(); reader.skip()) if (reader.field === field) checkCount(++count, max);
}

/** The same of a request that is still being unpacked: neither a million series nor what is no request is unpacked to its end. */
export function watchSeriesCount(field: number, max: number): Watch {
  let count = 0;
  let at = 0;
  return (bytes, to) => {
    const reader = new ProtoReader(bytes, at);
    for (; reader.at + headBytes <= to && reader.next(); reader.skip()) if (reader.field === field) checkCount(++count, max);
    ({ at } = reader);
  };
}

function checkCount(count: number, max: number): void {
  if (count <= max) return;
  throw new ChainPulseError("PAYLOAD_TOO_LARGE", `the request has more than ${max} series (ingest.max_series_per_request)`, {
    fix: "Send smaller batches.",
  });
}
