/**
 * How many series a store takes. In all it counts what is known, because that is what an index must keep in memory; of one node it
 * counts what is held, because processes that come and go leave ended series behind (19,000 within 43 minutes were measured on a
 * machine that builds and tests software), and what has ended must not keep out what is there.
 */
import type { Clock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { Greediest } from "./cardinality.ts";

export interface SeriesLimitsOptions {
  readonly clock: Clock;
  readonly maxSeries: number;
  readonly maxSeriesPerNode: number;
  /** Who has the most: of all known series, or of those that a node holds. It looks at every series. */
  readonly survey: (node: string | null) => Greediest | null;
}

/** How long a survey is good for, ms: refusals come with every tick, and a survey of a million series takes longer than a tick may. */
const surveyMs = 60_000;

export class SeriesLimits {
  readonly #options: SeriesLimitsOptions;
  readonly #heldByNode = new Map<string, number>();
  readonly #surveys = new Map<string | null, { readonly takenMs: number; readonly text: string }>();

  constructor(options: SeriesLimitsOptions) {
    this.#options = options;
  }

  /** Counts a series of the node in, or throws `SERIES_LIMIT`. `known`: series that the store knows without it; `null` where it is one of them. */
  hold(node: string, known: number | null): void {
    const { maxSeries, maxSeriesPerNode } = this.#options;
    const held = this.#heldByNode.get(node) ?? 0;
    if (known !== null && known >= maxSeries) {
      throw this.#refusal(`the store has ${figure(known)} series and takes no new ones (storage.max_series)`, null);
    }
    if (held >= maxSeriesPerNode) {
      const who = node === "" ? "series without a node" : `node ${JSON.stringify(node)}`;
      throw this.#refusal(
        `${who}: ${figure(held)} are written at once, more are not taken (storage.max_series_per_node)`,
        node,
      );
    }
    this.#heldByNode.set(node, held + 1);
  }

  release(node: string): void {
    const held = (this.#heldByNode.get(node) ?? 0) - 1;
    if (held > 0) this.#heldByNode.set(node, held);
    else this.#heldByNode.delete(node);
  }

  #refusal(what: string, node: string | null): ChainPulseError {
    return new ChainPulseError("SERIES_LIMIT", `${what}${this.#greediest(node)}`, {
      fix: "Drop the label that has too many values at its source, or raise the limit.",
    });
  }

  #greediest(node: string | null): string {
    const nowMs = this.#options.clock.monotonicMs();
    const known = this.#surveys.get(node);
    if (known !== undefined && nowMs - known.takenMs < surveyMs) return known.text;
    const found = this.#options.survey(node);
    const label = found?.label ? `; its label ${found.label.name} has ${figure(found.label.count)} values` : "";
    const text = found === null ? "" : `; ${figure(found.series)} of them are ${found.metric}${label}`;
    for (const [key, { takenMs }] of this.#surveys) if (nowMs - takenMs >= surveyMs) this.#surveys.delete(key);
    this.#surveys.set(node, { takenMs: nowMs, text });
    return text;
  }
}

function figure(count: number): string {
  return count.toLocaleString("en-US");
}
