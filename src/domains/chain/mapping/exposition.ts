/**
 * A client's text as a mapping looks at it: only the names that it asks for, each with its samples. The parser is the one that scraping
 * has; it takes what clients write (a blank before the braces, negative bounds and sums). What it takes too, and must not count twice, is
 * a series that stands there twice.
 */
import { labelsKey } from "../../../core/labels.ts";
import { type ExpositionSyntax, readExposition } from "../../../io/openmetrics/read-exposition.ts";
import type { ParsedSample } from "../../../io/openmetrics/parsed-family.ts";

export interface Exposition {
  /** Samples by whole name, in the order of the text; a series that comes again is left out, as Prometheus has it. */
  readonly samples: ReadonlyMap<string, readonly ParsedSample[]>;
  /** Names of families that the text announces, with or without samples. */
  readonly announced: ReadonlySet<string>;
}

/** Throws `EXPOSITION_INVALID`. `prefixes`: what is taken off the names. */
export function readWanted(
  bytes: Uint8Array,
  syntax: ExpositionSyntax,
  wanted: ReadonlySet<string>,
  prefixes: readonly string[] = [],
): Exposition {
  const bare = (name: string): string => {
    const prefix = prefixes.find((candidate) => name.startsWith(candidate));
    return prefix === undefined ? name : name.slice(prefix.length);
  };
  const samples = new Map<string, ParsedSample[]>();
  const announced = new Set<string>();
  const seen = new Set<string>();
  for (const family of readExposition(bytes, syntax)) {
    announced.add(bare(family.name));
    for (const sample of family.samples) {
      const name = bare(sample.name);
      if (!wanted.has(name)) continue;
      const series = `${name}\u0000${labelsKey(sample.labels)}`;
      if (seen.has(series)) continue;
      seen.add(series);
      const known = samples.get(name);
      if (known === undefined) samples.set(name, [sample]);
      else known.push(sample);
    }
  }
  return { samples, announced };
}
