/**
 * Stores what many small scrapes bring as one: each store is a message, a transaction and a group sync, which cost more than the samples
 * of a small target (measured: with 21 targets a second, half of the data thread's time).
 */
import { ChainPulseError } from "../../../core/errors.ts";
import type { ReceivedSamples } from "../../../core/storage.ts";
import type { IntakeSink } from "../sink.ts";

/** How long samples wait for company. Nobody waits for the answer but the next scrape of the same target. */
const waitMs = 250;
/** At so many samples they wait no longer: as many as the data thread takes in one piece. */
const samplesMax = 16_384;

interface Waiting {
  readonly samples: ReceivedSamples;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The same sink, whose `store` waits a little for others. */
export function createGatheringSink(sink: IntakeSink): IntakeSink {
  let waiting: Waiting[] = [];
  let samples = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const all = waiting;
    waiting = [];
    samples = 0;
    sink.store(joined(all.map((one) => one.samples))).then(
      () => all.forEach(({ resolve }) => resolve()),
      (error: unknown) => {
        // Times that the store has come to take no more are one target's own; no scrape comes again, so the others must not fail with it.
        const isForAll = all.length === 1 || !(error instanceof ChainPulseError && error.code === "UNAVAILABLE");
        for (const one of all) {
          if (isForAll) one.reject(error);
          else sink.store(one.samples).then(one.resolve, one.reject);
        }
      },
    );
  };
  return {
    ...sink,
    store: (more) =>
      new Promise((resolve, reject) => {
        waiting.push({ samples: more, resolve, reject });
        samples += more.count + (more.histograms?.length ?? 0);
        if (samples >= samplesMax) flush();
        else timer ??= setTimeout(flush, waitMs);
      }),
    // What waits must be stored while its series are held; the sink keeps the order.
    release(refs) {
      if (waiting.length > 0) flush();
      sink.release(refs);
    },
  };
}

function joined(all: readonly ReceivedSamples[]): ReceivedSamples {
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const refs = new Uint32Array(count);
  const timesMs = new Float64Array(count);
  // As bits: there are ends of series among the values.
  const bits = new BigUint64Array(count);
  let at = 0;
  for (const one of all) {
    refs.set(one.refs.subarray(0, one.count), at);
    timesMs.set(one.timesMs.subarray(0, one.count), at);
    bits.set(new BigUint64Array(one.values.buffer, one.values.byteOffset, one.count), at);
    at += one.count;
  }
  const histograms = all.flatMap((one) => one.histograms ?? []);
  const columns = { count, refs, timesMs, values: new Float64Array(bits.buffer) };
  return histograms.length === 0 ? columns : { ...columns, histograms };
}
