/** The name of an alert in webhook messages, the same that an Alertmanager gives it, so that receivers can tell alerts apart. */
import type { Labels } from "../../core/labels.ts";

/** FNV-1a, 64 bits. Source: datatracker.ietf.org/doc/draft-eastlake-fnv, section 5. */
const offsetBasis = 14_695_981_039_346_656_037n;
const prime = 1_099_511_628_211n;

/** Stands behind each name and each value; no UTF-8 text contains it. Source: prometheus/common model/signature.go. */
const separator = 0xff;

/** 16 hexadecimal digits over the names, sorted by bytes, and their values. Source: `labelSetToFingerprint` of that file. */
export function fingerprintOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  let hash = offsetBasis;
  const add = (byte: number): void => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  };
  for (const text of pairs.flat()) {
    text.forEach(add);
    add(separator);
  }
  return hash.toString(16).padStart(16, "0");
}
