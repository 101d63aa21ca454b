/** Trace and span ids: 16 and 8 bytes, not all of them 0. Source: W3C Trace Context; trace.proto, Span. */
export const traceIdBytes = 16;
export const spanIdBytes = 8;

/** The id in hex; empty where it is none of this length. */
export function idText(hex: string, length: number): string {
  return hex.length === 2 * length && !noId.test(hex) ? hex : "";
}

const noId = /^0+$/;
