/** Trace and span ids: 16 and 8 bytes, not all of them 0. Source: W3C Trace Context; trace.proto, Span. */
export const traceIdBytes = 16;
export const spanIdBytes = 8;

/** Lower-case hex; empty where the bytes are no id of this length. */
export function idText(bytes: Uint8Array, length: number): string {
  if (bytes.length !== length || bytes.every((byte) => byte === 0)) return "";
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
