/**
 * The sink of all doors: over the intake's own port to the data thread. Large batches go in pieces, so that a tick never waits for more
 * than one of them; how many are on their way at once is bounded, and the others wait here, in their order.
 */
import type { Logger } from "../../core/logger.ts";
import { labelsKey } from "../../core/labels.ts";
import type { ReceivedHistogram, ReceivedSamples, SeriesRef } from "../../core/storage.ts";
import type { Remote } from "../../io/rpc.ts";
import { labelCharsMax } from "../../store/catalog/catalog-chunk.ts";
import type { ReceiveApi } from "./api.ts";
import { labelChars, tooLong } from "./label-length.ts";
import type { IntakeSink, RefusedSeries } from "./sink.ts";

/** Samples that the data thread stores at once: a few ms. A histogram takes as long as some tens of numbers. */
export const pieceSamplesMax = 16_384;
export const pieceHistogramsMax = 512;
/** New series, and characters of their labels, that the data thread numbers at once: a few ms. */
const keysAtOnce = 256;
const charsAtOnce = 1_048_576;
/** What the store would say, too; but a few bytes of a request can be megabytes of labels, which are not to come that far. */
const tooLongSeries: RefusedSeries = { reason: tooLong.reason, refusal: tooLong.message };
/** Pieces on their way: enough that the data thread never waits for the next one, and 5 MB at most. */
const piecesMax = 16;

export interface PortSinkOptions {
  readonly data: Remote<ReceiveApi>;
  readonly oldestAcceptedMs: () => number;
  readonly newestAcceptedMs: () => number;
  /** Called when the count of series that are held has changed. */
  readonly onHeld: (series: number) => void;
  readonly logger: Logger;
}

export function createPortSink(options: PortSinkOptions): IntakeSink {
  const { data, oldestAcceptedMs, newestAcceptedMs, onHeld, logger } = options;
  /** Pieces that were sent and not answered yet; what waits for its turn, in the order in which it was asked. */
  const waiting: (() => void)[] = [];
  const turns = { taken: 0, waiting };
  let held = 0;

  const hold = (change: number): void => {
    held += change;
    onHeld(held);
  };
  /** Begins at once where there is room, else after those that wait already. */
  const inTurn = (begin: () => void): void => {
    if (turns.waiting.length === 0 && turns.taken < piecesMax) begin();
    else turns.waiting.push(begin);
  };
  const beginNext = (): void => {
    const next = turns.waiting.shift();
    next?.();
    if (next !== undefined && turns.taken < piecesMax) beginNext();
  };
  const storePiece = (piece: ReceivedSamples): Promise<void> =>
    new Promise((resolve, reject) => {
      inTurn(() => {
        turns.taken++;
        void data
          .store(piece)
          .then(resolve, reject)
          .finally(() => {
            turns.taken--;
            beginNext();
          });
      });
    });

  return {
    async resolve(labels) {
      const found: (SeriesRef | RefusedSeries)[] = labels.map(() => tooLongSeries);
      let group = emptyGroup();
      const ask = async ({ places, keys }: KeyGroup): Promise<void> => {
        if (keys.length === 0) return;
        const { refs, refusals } = await data.resolve(keys);
        for (const [index, ref] of refs.entries()) {
          const refusal = refusals.get(index);
          found[places[index] ?? 0] = refusal === undefined ? ref : { reason: "series_limit", refusal };
        }
        hold(refs.length - refusals.size);
      };
      for (const [place, one] of labels.entries()) {
        const chars = labelChars(one);
        if (chars > labelCharsMax) continue;
        group.places.push(place);
        group.keys.push(labelsKey(one));
        group.chars += chars;
        if (group.keys.length < keysAtOnce && group.chars < charsAtOnce) continue;
        await ask(group);
        group = emptyGroup();
      }
      await ask(group);
      return found;
    },
    release(refs) {
      if (refs.length === 0) return;
      hold(-refs.length);
      // Not before the samples that wait: their series must still be held when they are stored.
      inTurn(() => {
        data
          .release(Uint32Array.from(refs))
          .catch((error: unknown) => logger.warn("series could not be given up", { series: refs.length, error }));
      });
    },
    async store(samples) {
      await Promise.all(piecesOf(samples).map(storePiece));
    },
    oldestAcceptedMs,
    newestAcceptedMs,
  };
}

/** Series that are asked for together, and where they stand in the list. */
interface KeyGroup {
  readonly places: number[];
  readonly keys: string[];
  chars: number;
}

function emptyGroup(): KeyGroup {
  return { places: [], keys: [], chars: 0 };
}

/** In order: of several samples of one series at one time the last one must still come last. */
function piecesOf(samples: ReceivedSamples): readonly ReceivedSamples[] {
  const { count, refs, timesMs, values, histograms = [] } = samples;
  if (count <= pieceSamplesMax && histograms.length <= pieceHistogramsMax) return [samples];
  const pieces: ReceivedSamples[] = [];
  for (let from = 0; from < count; from += pieceSamplesMax) {
    const to = Math.min(count, from + pieceSamplesMax);
    pieces.push({
      count: to - from,
      refs: refs.slice(from, to),
      timesMs: timesMs.slice(from, to),
      values: values.slice(from, to),
    });
  }
  for (let from = 0; from < histograms.length; from += pieceHistogramsMax) {
    pieces.push(onlyHistograms(histograms.slice(from, from + pieceHistogramsMax)));
  }
  return pieces;
}

function onlyHistograms(histograms: readonly ReceivedHistogram[]): ReceivedSamples {
  return { count: 0, refs: new Uint32Array(0), timesMs: new Float64Array(0), values: new Float64Array(0), histograms };
}
