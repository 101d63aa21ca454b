/**
 * A request's body: what it is written in, and inflated within bounds.
 * Source: opentelemetry-proto docs/specification.md, "OTLP/HTTP Request".
 */
import { constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { ChainPulseError } from "../../../core/errors.ts";

export type OtlpEncoding = "protobuf" | "json";

export const contentTypes = { protobuf: "application/x-protobuf", json: "application/json" } as const satisfies Record<
  OtlpEncoding,
  string
>;

/** What a zstd frame may ask to be kept in memory, as a power of two: 16 MiB. Only the slowest levels want more. */
const zstdWindow = { params: { [constants.ZSTD_d_windowLogMax]: 24 } };

/**
 * What is this many times as long as it came, and longer than that many bytes, is a bomb: telemetry shrinks to a tenth or a fiftieth. It is
 * seen long before the bound of all bodies is reached.
 */
const ratioMax = 200;
const alwaysInflated = 1_048_576;

type Inflate = (body: Uint8Array, limits: { readonly maxOutputLength: number }) => Uint8Array;

const inflaters: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ["gzip", gunzipSync],
  ["x-gzip", gunzipSync],
  ["deflate", inflateSync],
  ["zstd", (body, limits) => zstdDecompressSync(body, { ...limits, ...zstdWindow })],
]);

/** `null` for a type that OTLP does not have. */
export function encodingOf(contentType: string): OtlpEncoding | null {
  const type = contentType.split(";")[0]?.trim().toLowerCase();
  if (type === contentTypes.protobuf) return "protobuf";
  return type === contentTypes.json ? "json" : null;
}

/** Errors: `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`, `BAD_REQUEST`. */
export function inflatedBody(body: Uint8Array, contentEncoding: string, bytesMax: number): Uint8Array {
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "" || encoding === "identity") {
    if (body.length > bytesMax) throw tooLarge(bytesMax);
    return body;
  }
  const inflate = inflaters.get(encoding);
  if (inflate === undefined) {
    throw new ChainPulseError("UNSUPPORTED_MEDIA_TYPE", "the content-encoding is none of gzip, deflate, zstd and identity");
  }
  const maxOutputLength = Math.min(bytesMax, Math.max(alwaysInflated, ratioMax * body.length));
  try {
    return inflate(body, { maxOutputLength });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxOutputLength);
    // Zlib's and zstd's own codes; whatever else it may be is no fault of the body.
    if (!(code.startsWith("Z_") || code.startsWith("ZSTD_"))) throw cause;
    throw new ChainPulseError("BAD_REQUEST", `the body is no whole ${encoding}`, { cause });
  }
}

function tooLarge(bytes: number): ChainPulseError {
  return new ChainPulseError(
    "PAYLOAD_TOO_LARGE",
    `the body is longer than ${bytes.toLocaleString("en-US")} bytes once it is inflated`,
    {
      fix: "Send smaller batches, or raise otlp.max_body_bytes.",
    },
  );
}
