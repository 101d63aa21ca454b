/**
 * Bodies of requests, unpacked by their `Content-Encoding`. What comes out has a limit that holds before memory is taken for it: small
 * bodies that unpack to gigabytes are how receivers have been brought down (CVE-2024-36129, CVE-2026-42154).
 */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { ChainPulseError } from "../core/errors.ts";
import { SnappyError, snappyLength, uncompressBlock, type Watch } from "./snappy-block.ts";

/**
 * The longest copy in a Snappy block is 64 bytes and takes three: what says that it unpacks to more than that does not.
 * Source: google/snappy format_description.txt, 2.2.
 */
const snappyRatioMax = 64 / 3;
/**
 * Telemetry is packed to a tenth, very repetitive batches to a hundredth. Beyond this it was made to harm, and is given up before much
 * time has gone into it; small bodies may do as they like.
 */
const ratioMax = 128;
const alwaysAllowedBytes = 4_194_304;

export const contentEncodings = ["identity", "snappy", "gzip", "deflate", "zstd", "br"] as const;
export type ContentEncoding = (typeof contentEncodings)[number];

/** Of the header; empty is `identity`. `null`: none of these. */
export function contentEncodingOf(header: string): ContentEncoding | null {
  const name = header.trim().toLowerCase();
  if (name === "") return "identity";
  if (name === "x-gzip") return "gzip";
  return contentEncodings.find((encoding) => encoding === name) ?? null;
}

/**
 * What it gives may be in memory that the next call uses again: whoever waits in between makes a copy. `watch`: may end the work on a
 * Snappy block by throwing, when it sees that the rest will not be wanted. Errors: `PAYLOAD_TOO_LARGE`; `BAD_REQUEST` for what is not of
 * this encoding; what `watch` throws.
 */
export function decompress(
  body: Uint8Array<ArrayBuffer>,
  encoding: ContentEncoding,
  maxBytes: number,
  watch?: Watch,
): Uint8Array {
  if (encoding === "identity") {
    if (body.length > maxBytes) throw tooLarge(maxBytes);
    return body;
  }
  if (encoding === "snappy") return unsnap(body, maxBytes, watch);
  const maxOutputLength = Math.min(maxBytes, Math.max(alwaysAllowedBytes, ratioMax * body.length));
  try {
    return unpackers[encoding](body, { maxOutputLength });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxOutputLength);
    throw new ChainPulseError(
      "BAD_REQUEST",
      `the body is not ${encoding}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const unpackers = { gzip: gunzipSync, deflate: inflateSync, zstd: zstdDecompressSync, br: brotliDecompressSync } as const;

function unsnap(body: Uint8Array, maxBytes: number, watch?: Watch): Uint8Array<ArrayBuffer> {
  try {
    const declared = snappyLength(body);
    if (declared > maxBytes) throw tooLarge(maxBytes);
    if (declared > snappyRatioMax * body.length) throw new SnappyError("it says that it is longer than it can be");
    return uncompressBlock(body, watch);
  } catch (error) {
    if (!(error instanceof SnappyError)) throw error;
    throw new ChainPulseError("BAD_REQUEST", `the body is no Snappy block: ${error.message}`);
  }
}

function tooLarge(maxBytes: number): ChainPulseError {
  return new ChainPulseError("PAYLOAD_TOO_LARGE", `the body unpacks to more than ${maxBytes.toLocaleString("en-US")} bytes`, {
    fix: "Send smaller batches.",
  });
}
