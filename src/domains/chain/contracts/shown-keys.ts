/**
 * Which of very many keys have series of their own: the heaviest ones of the last hours. Who has one keeps it until another is clearly heavier,
 * so that series do not come and go with every block.
 */
import { openSpaceSaving, type Weighed } from "./space-saving.ts";

export interface ShownKeys {
  weigh(key: string, weight: number): void;
  /**
   * Looks again who is shown; `retired` are those that were and are not any more. To be called with the time after each block.
   */
  choose(nowMs: number): { readonly retired: readonly string[] };
  isShown(key: string): boolean;
}

/** Eight places of the sketch for each that is shown: the error is then an eighth of what an even share would be. */
const placesPerShown = 8;
const halfLifeMs = 3_600_000;
/** So much heavier than the lightest shown key another must certainly be to take its place. */
const clearly = 1.5;

export function openShownKeys(shownMax: number): ShownKeys {
  const sketch = openSpaceSaving(shownMax * placesPerShown);
  const shown = new Set<string>();
  let fadedMs: number | null = null;

  return {
    weigh: (key, weight) => sketch.add(key, weight),
    choose(nowMs) {
      fadedMs ??= nowMs;
      if (nowMs - fadedMs >= halfLifeMs) {
        sketch.fade(2 ** -Math.floor((nowMs - fadedMs) / halfLifeMs));
        fadedMs = nowMs;
      }
      const heaviest = sketch.heaviest();
      const weightOf = new Map(heaviest.map(({ key, weight }) => [key, weight]));
      const retired: string[] = [];
      for (const { key, weight, error } of heaviest) {
        if (shown.has(key)) continue;
        if (shown.size >= shownMax) {
          const lightest = lightestOf(shown, weightOf);
          if (weight - error <= clearly * lightest.weight) break;
          shown.delete(lightest.key);
          retired.push(lightest.key);
        }
        shown.add(key);
      }
      return { retired };
    },
    isShown: (key) => shown.has(key),
  };
}

/** One that the sketch has lost weighs nothing any more. */
function lightestOf(keys: ReadonlySet<string>, weightOf: ReadonlyMap<string, number>): Pick<Weighed, "key" | "weight"> {
  let found = { key: "", weight: Infinity };
  for (const key of keys) {
    const weight = weightOf.get(key) ?? 0;
    if (weight < found.weight) found = { key, weight };
  }
  return found;
}
