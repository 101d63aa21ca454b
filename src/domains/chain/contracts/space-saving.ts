/**
 * The heaviest of very many keys in bounded memory. A key that comes when all places are taken takes the lightest one's, and its weight with it as
 * its error. Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005.
 */

export interface Weighed {
  readonly key: string;
  /** At least what the key weighs. */
  readonly weight: number;
  /** At most so much of the weight is others'; never more than the sum of all weights divided by the places. */
  readonly error: number;
}

export interface SpaceSaving {
  add(key: string, weight: number): void;
  /** Keys that have a place, the heaviest first. */
  heaviest(): readonly Weighed[];
  /** Makes what was earlier weigh less: all weights are multiplied by it. */
  fade(factor: number): void;
}

export function openSpaceSaving(placesMax: number): SpaceSaving {
  const places = new Map<string, { weight: number; error: number }>();

  const lightest = (): readonly [string, { readonly weight: number }] | null => {
    let found: readonly [string, { readonly weight: number }] | null = null;
    for (const entry of places) if (found === null || entry[1].weight < found[1].weight) found = entry;
    return found;
  };

  return {
    add(key, weight) {
      const place = places.get(key);
      if (place !== undefined) {
        place.weight += weight;
        return;
      }
      const displaced = places.size < placesMax ? null : lightest();
      if (displaced !== null) places.delete(displaced[0]);
      const error = displaced === null ? 0 : displaced[1].weight;
      places.set(key, { weight: error + weight, error });
    },
    heaviest: () =>
      Array.from(places, ([key, { weight, error }]) => ({ key, weight, error })).toSorted((a, b) => b.weight - a.weight),
    fade(factor) {
      for (const place of places.values()) {
        place.weight *= factor;
        place.error *= factor;
      }
    },
  };
}
