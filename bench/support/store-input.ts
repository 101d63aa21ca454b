/** The hours that the store's benchmark stores: a recording of node_exporter, and one that ChainPulse has taken itself. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Labels } from "../../src/core/labels.ts";
import { openReader } from "../../src/store/reader.ts";
import { sharedFolder } from "../../test/support/shared-files.ts";
import { benchLogger } from "./bench-logger.ts";
import { sampleSet, type SampleSet, type SeriesColumns } from "./store-samples.ts";

/** A set, or why there is none. */
export type Input = SampleSet | { readonly skipped: string };

const hourMs = 3_600_000;

/** `null`: the series was not exposed in that scrape; `"NaN"`: it was, with this value. */
const recordingSchema = z.object({
  timestampsMs: z.array(z.int()),
  series: z.array(z.object({ name: z.string(), values: z.array(z.union([z.number(), z.literal("NaN"), z.null()])) })),
});

/** An hour of node_exporter, scraped every second. */
export function recordedHour(): Input {
  const { path, skip } = sharedFolder("recordings/host-1h.json.gz");
  if (skip !== false) return { skipped: skip };
  const { timestampsMs, series } = recordingSchema.parse(JSON.parse(gunzipSync(readFileSync(path)).toString()));
  return sampleSet(
    series.map(({ name, values }): SeriesColumns => {
      const there = [...values.entries()].filter(([, value]) => value !== null);
      return {
        labels: parseSeriesName(name),
        timestampsMs: Float64Array.from(there, ([at]) => timestampsMs[at] ?? Number.NaN),
        values: Float64Array.from(there, ([, value]) => Number(value)),
      };
    }),
  );
}

/** The newest whole hour of a data directory, which a server may be writing to; stale markers and series that come and go included. */
export function ownHour(dataDir: string | undefined): Input {
  if (dataDir === undefined) return { skipped: "no data directory was named (--own DIR)" };
  const reader = openReader({ dataDir, logger: benchLogger });
  try {
    const latestMs = reader.latestMs();
    const oldestMs = reader.oldestMs();
    if (latestMs === null || oldestMs === null) return { skipped: `${dataDir} holds no samples` };
    const endMs = Math.floor(latestMs / 1000) * 1000;
    if (endMs - oldestMs < hourMs) {
      return { skipped: `${dataDir} holds ${Math.round((endMs - oldestMs) / 60_000)} minutes, less than an hour` };
    }
    return sampleSet(reader.select([], endMs - hourMs, endMs));
  } finally {
    reader.close();
  }
}

/** `a{b="c",d="e"}` as node_exporter writes it; its values in this recording have no escapes. */
function parseSeriesName(text: string): Labels {
  const [, name, inner] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`not a series: ${text}`);
  const pairs = [...(inner ?? "").matchAll(/(\w+)="([^"\\]*)"(?:,|$)/g)];
  if (pairs.reduce((length, [whole]) => length + whole.length, 0) !== (inner ?? "").length) {
    throw new Error(`not a list of labels: ${text}`);
  }
  const labels = new Map([["__name__", name], ...pairs.map(([, key = "", value = ""]): [string, string] => [key, value])]);
  return Object.fromEntries([...labels].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
