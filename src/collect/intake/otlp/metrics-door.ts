/** The door of /v1/metrics: data points → samples, exemplars and metadata. */
import { isDeepStrictEqual } from "node:util";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import type { Door } from "../door.ts";
import type { Refusals } from "../remote-write/refusals.ts";
import { createOtlpDoor, type OtlpContext } from "./otlp-door.ts";
import { metricsRequest } from "./otlp-messages.ts";
import type { PointContext } from "./point-context.ts";
import { PointScan } from "./point-scan.ts";
import { readMetrics } from "./read-metrics.ts";
import { SampleBatch } from "./sample-batch.ts";
import { translationOf } from "./series-labels.ts";
import { StreamTable } from "./stream-table.ts";

/** `streamsMax`: how many streams are remembered. */
export function openMetricsDoor(context: OtlpContext, streamsMax?: number): Door {
  const { sink, config, clock } = context;
  const table = new StreamTable((refs) => sink.release(refs), streamsMax);
  let current = config();
  let translation = translationOf(current);

  const pointsOf = (reader: ProtoReader, refusals: Refusals): PointContext => {
    const nowMs = clock.monotonicMs();
    if (config() !== current) {
      current = config();
      const next = translationOf(current);
      // Names are made differently. What has nothing to do with them must not reset what was summed up.
      if (!isDeepStrictEqual(next, translation)) table.clear(nowMs);
      translation = next;
    }
    table.sweep(nowMs);
    return {
      reader,
      scan: new PointScan(reader),
      table,
      translation,
      refuse: (reason, message, points = 1) => refusals.add({ reason, message }, points),
      nowMs,
      oldestMs: sink.oldestAcceptedMs(),
      newestMs: sink.newestAcceptedMs(),
      deltaSeriesMax: current.otlp.delta_series_max,
      batch: new SampleBatch(),
      earliestMs: Infinity,
      latestMs: -Infinity,
    };
  };

  const door = createOtlpDoor(context, {
    signal: "metrics",
    shape: metricsRequest,
    things: "data points",
    async take(reader, refusals) {
      const points = pointsOf(reader, refusals);
      const store = async (): Promise<void> => {
        const { batch } = points;
        points.batch = new SampleBatch();
        await storeBatch(batch, points, context);
      };
      try {
        for (const _ of readMetrics(points)) await store();
      } catch (error) {
        // What was read of it counts for nothing.
        points.batch.rollBack();
        throw error;
      }
      await store();
    },
  });
  return { ...door, keepUp: () => table.sweep(clock.monotonicMs()) };
}

async function storeBatch(batch: SampleBatch, { refuse }: PointContext, context: OtlpContext): Promise<void> {
  const { sink, tally } = context;
  try {
    const { samples, histograms } = await batch.storeSamples(sink, refuse);
    tally.received("samples", samples);
    tally.received("histograms", histograms);
  } catch (error) {
    batch.rollBack();
    throw error;
  }
  if (batch.exemplars.length + batch.metadata.length > 0) storeBeside(batch, context);
}

/** Samples that are stored are not refused for their sake: whoever sends them again would do so for ever. */
function storeBeside({ exemplars, metadata }: SampleBatch, { telemetry, tally, logger }: OtlpContext): void {
  try {
    const beside = telemetry();
    if (exemplars.length > 0) beside.addExemplars(exemplars);
    if (metadata.length > 0) beside.noteMetadata(metadata);
    beside.sync();
    tally.received(
      "exemplars",
      exemplars.reduce((sum, one) => sum + one.exemplars.length, 0),
    );
    tally.received("metadata", metadata.length);
  } catch (error) {
    logger.warn("exemplars and metadata of a request could not be stored; its samples are", { error });
  }
}
