/** What a destination's place in the queue is called; it stands in metrics, logs and marks. Known before there is a destination. */
import { hash } from "node:crypto";
import type { OtlpExportConfig, RemoteWriteConfig } from "../../core/config-forward.ts";
import { addressOf } from "../../io/http-client.ts";

const hashDigits = 12;

/** There is one of each. */
export const hubPlace = "hub";
export const enginePlace = "engine";

export function remoteWritePlace({ name, url }: Pick<RemoteWriteConfig, "name" | "url">): string {
  return `remote_write:${placeOf(name, url)}`;
}

export function otlpExportPlace({ name, endpoint }: Pick<OtlpExportConfig, "name" | "endpoint">): string {
  return `otlp_export:${placeOf(name, endpoint)}`;
}

/** The name that it was given, or its address. What is behind the path may be a key: that tells addresses apart, and cannot be read. */
function placeOf(name: string | undefined, address: string): string {
  if (name !== undefined) return name;
  const url = new URL(address);
  const rest = `${url.search}${url.hash}`;
  return rest === "" ? address : `${addressOf(url)}#${hash("sha256", rest).slice(0, hashDigits)}`;
}
