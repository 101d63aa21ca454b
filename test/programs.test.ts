/** Runtimes of programs, from what libraries expose to the key figures of a page. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sharedFolder } from "./support/shared-files.ts";
import type { Labels } from "../src/core/labels.ts";
import type { ProgramSection } from "../src/core/panel.ts";
import { expandProgram } from "../src/core/promql-text.ts";
import { runtime } from "../src/domains/runtime/index.ts";
import { parseTextFormat } from "../src/io/openmetrics/parse-text-format.ts";
import { openWorld, type World } from "../src/serve/world.test-support.ts";

interface ProgramPage {
  readonly kinds: readonly { readonly kind: string; readonly programs: number }[];
  readonly programs: readonly {
    readonly kind: string;
    readonly job: string;
    readonly figures: Readonly<Record<string, number | null>>;
  }[];
  readonly total: number;
  readonly nextCursor: string | null;
  readonly problems: readonly string[];
}

/** Samples of a text, as a scrape would store them; counters go up from round to round. */
function samplesOf(text: string, job: string, round: number): readonly (readonly [Labels, number])[] {
  return Array.from(parseTextFormat(text)).flatMap(({ type, samples }) =>
    samples.map(({ name, labels, value }) => {
      const grows = type === "counter" || type === "histogram" || (type === "summary" && !("quantile" in labels));
      const all = { ...labels, __name__: name, instance: "10.0.0.1:80", job };
      const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
      return [sorted, grows ? value + round : value] as const;
    }),
  );
}

/** What each library writes, as far as the charts look at it. Names and labels as in the libraries' sources. */
const expositions: Readonly<Record<string, string>> = {
  micrometer: [
    "# TYPE jvm_memory_used_bytes gauge",
    'jvm_memory_used_bytes{area="heap",id="G1 Eden Space"} 1000',
    'jvm_memory_used_bytes{area="heap",id="G1 Old Gen"} 500',
    'jvm_memory_used_bytes{area="nonheap",id="Metaspace"} 70',
    'jvm_memory_committed_bytes{area="heap",id="G1 Old Gen"} 4000',
    'jvm_memory_max_bytes{area="heap",id="G1 Old Gen"} 8000',
    "# TYPE jvm_gc_pause_seconds summary",
    'jvm_gc_pause_seconds_count{action="end of minor GC",cause="G1 Evacuation Pause"} 7',
    'jvm_gc_pause_seconds_sum{action="end of minor GC",cause="G1 Evacuation Pause"} 0.5',
    'jvm_gc_pause_seconds_max{action="end of minor GC",cause="G1 Evacuation Pause"} 0.125',
    "jvm_threads_live_threads 33",
    "# TYPE jvm_gc_memory_allocated_bytes_total counter",
    "jvm_gc_memory_allocated_bytes_total 5",
    "# TYPE process_cpu_seconds_total counter",
    "process_cpu_seconds_total 3",
  ].join("\n"),
  simpleclient: [
    'jvm_memory_bytes_used{area="heap"} 1500',
    'jvm_memory_bytes_used{area="nonheap"} 70',
    'jvm_memory_bytes_committed{area="heap"} 4000',
    'jvm_memory_bytes_max{area="heap"} 8000',
    "# TYPE jvm_gc_collection_seconds summary",
    'jvm_gc_collection_seconds_count{gc="G1 Young Generation"} 7',
    'jvm_gc_collection_seconds_sum{gc="G1 Young Generation"} 0.5',
    "jvm_threads_current 33",
  ].join("\n"),
  dotnet: [
    'dotnet_gc_last_collection_heap_size_bytes{gc_heap_generation="gen0"} 100',
    'dotnet_gc_last_collection_heap_size_bytes{gc_heap_generation="gen2"} 200',
    "# TYPE dotnet_gc_pause_time_seconds_total counter",
    "dotnet_gc_pause_time_seconds_total 0.5",
    "dotnet_thread_pool_thread_count 12",
  ].join("\n"),
  python: [
    "# TYPE python_gc_collections_total counter",
    'python_gc_collections_total{generation="0"} 4',
    "process_resident_memory_bytes 9000",
  ].join("\n"),
};

async function openPrograms(texts: Readonly<Record<string, string>>): Promise<World> {
  const world = await openWorld({ domains: [runtime] });
  for (let round = 0; round < 3; round++) {
    world.tick(Object.entries(texts).flatMap(([job, text]) => samplesOf(text, job, round)));
    world.pass(round < 2 ? 60_000 : 0);
  }
  return world;
}

test("programs are found by what their libraries write, and have the same figures whichever it is", async (context) => {
  // If this fails, the heap of a program is shown for one library and missing for another.
  const world = await openPrograms(expositions);
  context.after(() => world.close());
  const page = await world.json<ProgramPage>("/api/v1/performance/programs");
  assert.deepEqual(page.problems, []);
  const figures = (kind: string, job: string): Readonly<Record<string, number | null>> | undefined =>
    page.programs.find((one) => one.kind === kind && one.job === job)?.figures;
  const { gcShare, cpuCores, ...jvm } = figures("jvm", "micrometer") ?? {};
  assert.ok((gcShare ?? 0) > 0 && (cpuCores ?? 0) > 0);
  assert.deepEqual(jvm, { heapBytes: 1500, heapLimitBytes: 8000, threads: 33 });
  // This library tells nothing of the process.
  assert.deepEqual(figures("jvm", "simpleclient"), { ...jvm, gcShare, cpuCores: null });
  assert.equal(figures("dotnet", "dotnet")?.["heapBytes"], 300);
  assert.equal(figures("dotnet", "dotnet")?.["threads"], 12);
  assert.equal(figures("python", "python")?.["residentBytes"], 9000);
  const second = await world.json<ProgramPage>("/api/v1/performance/programs?limit=1&cursor=1&kind=jvm");
  assert.deepEqual([second.programs.length, second.total, second.nextCursor], [1, 2, null]);
  assert.equal((await world.json<ProgramPage>("/api/v1/performance/programs?search=PYTH")).total, 1);
  assert.equal((await world.fetch("/api/v1/performance/programs?kind=cobol")).status, 400);
});

test("every chart of a runtime has data for a program that exposes what it looks at", async (context) => {
  // If this fails, a page of charts is empty for a program that exposes everything.
  const world = await openPrograms(expositions);
  context.after(() => world.close());
  const { sections } = await world.json<{ readonly sections: readonly ProgramSection[] }>("/api/v1/performance/program-panels");
  assert.deepEqual(
    sections.map(({ id }) => id),
    ["jvm", "go", "dotnet", "nodejs", "python", "process"],
  );
  const nowMs = world.services.clock.nowMs();
  const exprs = sections.find(({ id }) => id === "jvm")?.panels.flatMap(({ queries }) => queries) ?? [];
  for (const { expr } of exprs) {
    const text = expandProgram(expr, { job: "micrometer", instance: "10.0.0.1:80" });
    const result = await world.services.query.instant(text, nowMs);
    assert.ok(result.type === "vector" && result.samples.length === 1, text);
  }
  for (const { queries } of sections.flatMap(({ panels }) => panels)) {
    for (const { expr } of queries)
      await world.services.query.parse(expandProgram(expr, { job: 'a"$instance', instance: "\\" }));
  }
});

const recordings = sharedFolder(join("recordings", "nodes"));

test("recorded nodes are programs with figures", { skip: recordings.skip }, async (context) => {
  // If this fails, the charts were made for names that real programs do not have.
  const text = (file: string): string => readFileSync(join(recordings.path, file), "utf8");
  const world = await openPrograms({
    cosmos: text("cosmos-2.metrics.txt"),
    lodestar: text("lodestar-1.5.1-beacon.metrics.txt"),
  });
  context.after(() => world.close());
  const { programs, problems } = await world.json<ProgramPage>("/api/v1/performance/programs");
  assert.deepEqual(problems, []);
  const kinds = programs.map(({ kind, job }) => `${kind} ${job}`);
  assert.deepEqual(kinds, ["go cosmos", "nodejs lodestar", "process lodestar"]);
  for (const { kind, figures } of programs) {
    // The recorded Go program leaves out what the process is.
    const missing = Object.entries(figures).filter(
      ([name, value]) => value === null && !(kind === "go" && name === "cpuCores"),
    );
    assert.deepEqual(missing, [], kind);
  }
});
