/**
 * What somebody has pasted to find a trace by: a transaction's or block's hash, a trace id, a `traceparent`, or a link that holds one of
 * them. Here because the dashboard and the command line read it the same.
 */
import { traceIdOf } from "../flow-names.ts";

export interface AskedTrace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** The whole hash, 64 lower-case hex digits without 0x; `null` where only the trace's id was given. */
  readonly hash: string | null;
}

/** Hex digits that nothing else is glued to; before them a hash may have its 0x. */
const hexRun = /(?<![0-9a-z])(?:0x)?([0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-z])/g;

/** `null` where the text holds none of them, or several that differ. The case does not matter, nor does what stands around it. */
export function askedTrace(text: string): AskedTrace | null {
  const found = new Set([...text.toLowerCase().matchAll(hexRun)].map(([, digits = ""]) => digits));
  const [digits, ...others] = found;
  const traceId = digits === undefined || others.length > 0 ? null : traceIdOf(digits);
  return digits === undefined || traceId === null ? null : { traceId, hash: digits.length === 64 ? digits : null };
}
