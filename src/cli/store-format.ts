/** The flag `--format` of `chainpulse store`. */
import { type FormatName, formatNames } from "../store/transfer/formats.ts";
import type { StoreOptions } from "./store-job.ts";

/** The format that is asked for. The declaration lets only known ones through. */
export function formatOf({ format = "jsonl" }: StoreOptions): FormatName {
  return formatNames.find((name) => name === format) ?? "jsonl";
}
