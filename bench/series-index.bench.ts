/**
 * The catalogue and the readers' index with many series: what they take on the disk and in memory, and how long a start, new series and
 * each kind of matcher take. Every match is compared with a count that is known from how the series were made.
 *
 *   npm run bench -- series-index [--series 1000000]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { LabelMatcher, Labels, MatchOperator } from "../src/core/labels.ts";
import { Catalog } from "../src/store/catalog/catalog.ts";
import { catalogCopyPath, catalogPath } from "../src/store/catalog/catalog-files.ts";
import { SeriesIndex } from "../src/store/catalog/series-index.ts";
import { benchLogger } from "./support/bench-logger.ts";
import { report, round } from "./support/report.ts";

const { values } = parseArgs({ options: { series: { type: "string", default: "1000000" } } });
const count = Number(values.series);
/** New series that come at once, beside those. */
const burst = Math.min(100_000, count);
const repeats = 30;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void; // What the flag puts there.

/** Eight labels, as a scraped fleet has them: 500 metrics on 100 nodes, pods of their own, few values in the rest. */
function labelsOf(i: number): Labels {
  const pod = Math.floor(i / 500);
  return {
    __name__: `service_${i % 500}_total`,
    cluster: `cluster-${pod % 4}`,
    container: `app-${pod % 50}`,
    instance: `10.0.${(pod >>> 8) & 255}.${pod & 255}:9100`,
    job: `job-${pod % 20}`,
    namespace: `team-${pod % 30}`,
    node: `node-${pod % 100}`,
    path: `/api/v1/things/${i}`,
  };
}

function heapBytes(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

function timed<T>(work: () => T): readonly [T, number] {
  const startedMs = performance.now();
  const result = work();
  return [result, performance.now() - startedMs];
}

interface Spread {
  readonly min: number;
  readonly median: number;
}

function spreadOf(all: readonly number[]): Spread {
  const sorted = all.toSorted((a, b) => a - b);
  return { min: round(sorted[0] ?? Number.NaN), median: round(sorted[sorted.length >>> 1] ?? Number.NaN) };
}

/** Milliseconds. */
function times(work: () => unknown): Spread {
  return spreadOf(Array.from({ length: repeats }, () => timed(work)[1]));
}

const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-bench-"));
using cleanUp = new DisposableStack();
cleanUp.defer(() => rmSync(dataDir, { recursive: true }));
const limits = { maxSeries: 10_000_000, maxSeriesPerNode: 10_000_000 };
const open = (): Catalog => new Catalog({ dataDir, logger: benchLogger, highestRef: () => -1, ...limits });

console.error(`making ${count} series …`);
function make(): void {
  const first = open();
  for (let i = 0; i < count; i++) {
    first.resolve(labelsOf(i), 0);
    // As ticks do; a million at once would be one transaction.
    if (i % 50_000 === 0) first.flush();
  }
  first.close();
}
make();
const fileBytes = statSync(catalogPath(dataDir)).size;
const copyBytes = statSync(catalogCopyPath(dataDir)).size;

console.error("opening the catalogue …");
const emptyBytes = heapBytes();
const [catalog, openMs] = timed(open);
const writerBytes = heapBytes() - emptyBytes;
const [, resolveMs] = timed(() => {
  for (let i = 0; i < burst; i++) catalog.resolve(labelsOf(i), 0);
});

console.error("building the index …");
const beforeIndexBytes = heapBytes();
const index = new SeriesIndex(dataDir);
cleanUp.defer(() => index.close());
const [, buildMs] = timed(() => index.refresh());
const indexBytes = heapBytes() - beforeIndexBytes;
const unchangedMs = times(() => {
  for (let i = 0; i < 100; i++) index.refresh();
});

const select = (name: string, operator: MatchOperator, value: string): LabelMatcher => ({ name, operator, value });
const metric = select("__name__", "=", "service_7_total");
const pods = Math.ceil(count / 500);
const podsWith = (accepts: (pod: number) => boolean): number =>
  Array.from({ length: pods }, (_, pod) => pod).filter(accepts).length;
const queries: Readonly<Record<string, readonly [matchers: readonly LabelMatcher[], expected: number]>> = {
  equalMetric: [[metric], pods],
  equalMetricAndNode: [[metric, select("node", "=", "node-7")], podsWith((pod) => pod % 100 === 7)],
  equalTwoLargeLists: [
    [select("job", "=", "job-3"), select("cluster", "=", "cluster-3")],
    500 * podsWith((pod) => pod % 20 === 3 && pod % 4 === 3),
  ],
  equalOneOfAMillionValues: [[select("path", "=", "/api/v1/things/4711")], 1],
  notEqual: [[metric, select("node", "!=", "node-7")], podsWith((pod) => pod % 100 !== 7)],
  alternation: [[metric, select("job", "=~", "job-3|job-4|job-5")], podsWith((pod) => [3, 4, 5].includes(pod % 20))],
  prefixOfMetric: [[select("__name__", "=~", "service_4.*")], 111 * pods],
  prefixOfAMillionValues: [
    [select("path", "=~", "/api/v1/things/9999.*")],
    Array.from({ length: count }, (_, i) => i).filter((i) => String(i).startsWith("9999")).length,
  ],
  generalPattern: [
    [metric, select("instance", "=~", "10\\.0\\.\\d+\\.1[0-9]:9100")],
    podsWith((pod) => Math.floor((pod & 255) / 10) === 1),
  ],
  notPattern: [[metric, select("job", "!~", "job-1.*")], podsWith((pod) => !String(pod % 20).startsWith("1"))],
  emptyLabel: [[metric, select("nothing", "=", "")], pods],
  everything: [[], count],
};
const matchMs: Record<string, unknown> = {};
for (const [name, [matchers, expected]] of Object.entries(queries)) {
  console.error(`matching: ${name} …`);
  const found = index.match(matchers).length;
  if (found !== expected) throw new Error(`${name}: ${found} series were found, ${expected} should be`);
  matchMs[name] = { series: found, ...times(() => index.match(matchers)) };
}
const cardinalityMs = times(() => index.cardinality(10));

console.error("a new series, one at a time …");
const oneMs: Record<"flush" | "refresh", number[]> = { flush: [], refresh: [] };
for (let i = 0; i < repeats; i++) {
  catalog.resolve({ __name__: "one_more", i: String(i) }, 0);
  oneMs.flush.push(timed(() => catalog.flush())[1]);
  oneMs.refresh.push(timed(() => index.refresh())[1]);
}

console.error(`${burst} new series at once …`);
const [, burstResolveMs] = timed(() => {
  for (let i = 0; i < burst; i++) catalog.resolve({ ...labelsOf(count + i), path: `/new/${i}` }, 0);
});
const [, burstFlushMs] = timed(() => catalog.flush());
const [, burstRefreshMs] = timed(() => index.refresh());
catalog.close();

report("series-index", {
  series: count,
  labelsPerSeries: 8,
  fileBytesPerSeries: round(fileBytes / count),
  copyBytesPerSeries: round(copyBytes / count),
  writer: {
    openMs: round(openMs),
    bytesPerSeries: round(writerBytes / count),
    resolveKnownUs: round((1000 * resolveMs) / burst),
    resolveNewUs: round((1000 * burstResolveMs) / burst),
    flushOfBurstMs: round(burstFlushMs),
    flushOfOneMs: spreadOf(oneMs.flush),
    burst,
  },
  reader: {
    buildMs: round(buildMs),
    bytesPerSeries: round(indexBytes / count),
    refreshUnchangedUs: round(10 * unchangedMs.median),
    refreshOfBurstMs: round(burstRefreshMs),
    refreshOfOneMs: spreadOf(oneMs.refresh),
    cardinalityMs,
    matchMs,
  },
  peer: null,
  peerReason: "other stores' indexes are not reachable apart from their queries; bench/store compares the whole",
});
