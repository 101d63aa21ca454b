/** Whether a request has more series than are taken: looked at before any of them is read, because reading new ones costs most. */
import { ChainPulseError } from "../../../core/errors.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";

/** `field`: of the request's series. Throws `PAYLOAD_TOO_LARGE`, and `ProtobufError`. */
export function checkSeriesCount(bytes: Uint8Array, field: number, max: number): void {
  const reader = new ProtoReader(bytes);
  for (let count = 0; reader.next(); reader.skip()) if (reader.field === field) checkCount(++count, max);
}

/** The same of a count. */
export function checkCount(count: number, max: number): void {
  if (count <= max) return;
  throw new ChainPulseError("PAYLOAD_TOO_LARGE", `the request has more than ${max} series (ingest.max_series_per_request)`, {
    fix: "Send smaller batches.",
  });
}
