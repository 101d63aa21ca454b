/**
 * How well peers serve, as a number from 0 to 1. The formula is ours: nobody has published one. Every factor is 1 at its best and a half at
 * a value that an operator would look into; the score is the geometric mean of the factors that are known, so that one bad factor shows,
 * and a client that tells less is still comparable.
 *
 *     one peer   latency    0.25 s / (0.25 s + round trip)
 *                loss       0.02 / (0.02 + share of bytes sent again)
 *                head       3 / (3 + blocks behind the middle of the peers, beyond the first)
 *
 *     together   peers      mean of the peers' scores
 *                number     peers / (peers + 3)
 *                stability  peers / (peers + those that left in ten minutes)
 *                diversity  (1 + mean evenness over networks and programs) / 2
 *
 * Where the halves are from: 250 ms is twice the round trip between continents; at 2 % loss TCP's throughput collapses (Mathis et al.,
 * CCR 27(3)); three peers is where Substrate's own rules begin to warn (alerting-rules.yaml).
 */

/** `null`: not known. */
export interface PeerQuality {
  readonly roundTripSeconds: number | null;
  /** Share of the bytes that had to be sent again, 0–1. */
  readonly lossRatio: number | null;
  /** How far the peer's newest block is behind those of the others. */
  readonly blocksBehind: number | null;
}

export interface PeersQuality {
  readonly count: number;
  /** Of the peers whose score is known. */
  readonly scores: readonly number[];
  readonly leftInTenMinutes: number;
  /** 0–1 each. */
  readonly evenness: readonly number[];
}

/** Falls with each of its inputs; `null` where nothing is known. */
export function peerScore({ roundTripSeconds, lossRatio, blocksBehind }: PeerQuality): number | null {
  return geometricMean(
    [
      roundTripSeconds === null ? null : falling(roundTripSeconds, 0.25),
      lossRatio === null ? null : falling(lossRatio, 0.02),
      // A peer tells of a block after it has it: one behind is normal while a block spreads.
      blocksBehind === null ? null : falling(Math.max(0, blocksBehind - 1), 3),
    ].filter((factor) => factor !== null),
  );
}

/** Rises with the number, the scores and the evenness, falls with those that left; 0 without peers. */
export function p2pScore({ count, scores, leftInTenMinutes, evenness }: PeersQuality): number {
  if (count === 0) return 0;
  const factors = [count / (count + 3), count / (count + leftInTenMinutes)];
  if (scores.length > 0) factors.push(mean(scores));
  if (evenness.length > 0) factors.push((1 + mean(evenness)) / 2);
  return geometricMean(factors) ?? 0;
}

/** 1 at 0, a half at `half`, and towards 0 beyond. */
function falling(value: number, half: number): number {
  return half / (half + value);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function geometricMean(factors: readonly number[]): number | null {
  if (factors.length === 0) return null;
  return factors.reduce((product, factor) => product * factor, 1) ** (1 / factors.length);
}
