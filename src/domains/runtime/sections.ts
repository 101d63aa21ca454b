/** Charts of runtimes: what tells whether garbage collection, threads or memory hold a program up. */
import type { ProgramSection } from "../../core/panel.ts";
import {
  dotnetNames as dotnet,
  goNames as go,
  jvmNames as jvm,
  nodeNames as node,
  processNames as process,
  pythonNames as python,
} from "./metrics.ts";
import { figure, firstOf, gauge, greatest, line, perSecond, programsWith, quantile } from "./program-text.ts";

const heap = 'area="heap"';
const otelHeap = 'jvm_memory_type="heap"';
const nonHeap = 'area="nonheap"';
const otelNonHeap = 'jvm_memory_type="non_heap"';

const jvmHeapUsed = firstOf(gauge(jvm.memoryUsed, heap), gauge(jvm.memoryUsed, otelHeap), gauge(jvm.oldMemoryUsed, heap));
const jvmHeapCommitted = firstOf(
  gauge(jvm.memoryCommitted, heap),
  gauge(jvm.memoryCommitted, otelHeap),
  gauge(jvm.oldMemoryCommitted, heap),
);
/** -1 stands for a pool without a limit. */
const jvmHeapLimit = firstOf(gauge(jvm.memoryMax, heap), gauge(jvm.memoryLimit, otelHeap), gauge(jvm.oldMemoryMax, heap));
const jvmGcTime = firstOf(
  perSecond(`${jvm.gcPause}_sum`),
  perSecond(`${jvm.gcCollection}_sum`),
  perSecond(`${jvm.gcDuration}_sum`),
);
const jvmGcCount = firstOf(
  perSecond(`${jvm.gcPause}_count`),
  perSecond(`${jvm.gcCollection}_count`),
  perSecond(`${jvm.gcDuration}_count`),
);
const jvmThreads = firstOf(gauge(jvm.liveThreads), gauge(jvm.currentThreads), gauge(jvm.threadCount));

const goGcTime = perSecond(`${go.gcPause}_sum`);
/** The longest of the last pauses; the quantile's spelling depends on the scraper. */
const goLongestPause = greatest(go.gcPause, 'quantile=~"1|1\\\\.0"');

const dotnetHeap = firstOf(gauge(dotnet.heapSize), gauge(dotnet.totalMemory));
const dotnetGcCount = firstOf(perSecond(dotnet.collections), perSecond(dotnet.collectionCount));
const dotnetThreads = firstOf(gauge(dotnet.poolThreads), gauge(dotnet.threads));

const nodeHeapUsed = firstOf(gauge(node.heapUsed), gauge(node.v8HeapUsed));
const nodeHeapTotal = firstOf(gauge(node.heapTotal), gauge(node.v8HeapLimit));
const nodeGcTime = firstOf(perSecond(`${node.gcDuration}_sum`), perSecond(`${node.v8GcDuration}_sum`));
const nodeLagP50 = firstOf(greatest(node.loopLagP50), greatest(node.loopDelayP50));
const nodeLagP99 = firstOf(greatest(node.loopLagP99), greatest(node.loopDelayP99));

const cpu = perSecond(process.cpu);
const resident = gauge(process.resident);

const gcShareHelp =
  "Seconds per second in which garbage collection ran or held the program up. Beyond some percent it costs latency.";

export const goSection: ProgramSection = {
  id: "go",
  title: "Go",
  programs: programsWith(go.goroutines),
  figures: [
    figure("heapBytes", "bytes", "Allocated heap.", gauge(go.heapAlloc)),
    figure("gcShare", "ratio", "Share of time that it stood still for garbage collection.", goGcTime),
    figure("goroutines", "count", "Goroutines.", gauge(go.goroutines)),
    figure("cpuCores", "count", "CPU cores in use.", cpu),
  ],
  panels: [
    {
      id: "go-heap",
      title: "Heap",
      help: "Live and reserved memory of the Go heap, where the next collection begins, and the limit where one is set.",
      unit: "bytes",
      queries: [
        line(gauge(go.heapAlloc), "allocated"),
        line(gauge(go.heapInUse), "in use"),
        line(gauge(go.heapSystem), "from the system"),
        line(gauge(go.nextGc), "next collection"),
        // Without a limit it is the largest number that there is.
        { expr: `${line(gauge(go.memoryLimit), "").expr} < 1e15`, legend: "limit" },
      ],
      metrics: [],
    },
    {
      id: "go-gc-share",
      title: "Garbage collection",
      help: gcShareHelp,
      unit: "ratio",
      queries: [line(goGcTime, "stood still")],
      metrics: [],
    },
    {
      id: "go-gc-pause",
      title: "Longest pause",
      help: "The longest of the last pauses for garbage collection. Usually well below a millisecond.",
      unit: "seconds",
      queries: [line(goLongestPause, "longest")],
      metrics: [],
    },
    {
      id: "go-allocations",
      title: "Allocations",
      help: "Bytes allocated per second: what makes garbage collection run.",
      unit: "bytes/s",
      queries: [line(perSecond(go.allocated), "allocated")],
      metrics: [],
    },
    {
      id: "go-goroutines",
      title: "Goroutines and threads",
      help: "Goroutines that only become more are a leak. Threads grow when many wait in system calls.",
      unit: "count",
      queries: [line(gauge(go.goroutines), "goroutines"), line(gauge(go.threads), "threads")],
      metrics: [],
    },
  ],
};

export const jvmSection: ProgramSection = {
  id: "jvm",
  title: "JVM",
  programs: programsWith(jvm.memoryUsed, jvm.oldMemoryUsed),
  figures: [
    figure("heapBytes", "bytes", "Used heap.", jvmHeapUsed),
    figure("heapLimitBytes", "bytes", "Greatest heap.", jvmHeapLimit),
    figure("gcShare", "ratio", "Share of time in garbage collection.", jvmGcTime),
    figure("threads", "count", "Live threads.", jvmThreads),
    figure("cpuCores", "count", "CPU cores in use.", cpu),
  ],
  panels: [
    {
      id: "jvm-heap",
      title: "Heap",
      help: "Used heap after each collection shows what really lives. Near the limit, collections never end.",
      unit: "bytes",
      queries: [
        line(jvmHeapUsed, "used"),
        line(jvmHeapCommitted, "committed"),
        { expr: `(${line(jvmHeapLimit, "").expr}) > 0`, legend: "limit" },
      ],
      metrics: [],
    },
    {
      id: "jvm-non-heap",
      title: "Outside the heap",
      help: "Classes, compiled code and the like. What only grows is a leak of class loaders.",
      unit: "bytes",
      queries: [
        line(
          firstOf(gauge(jvm.memoryUsed, nonHeap), gauge(jvm.memoryUsed, otelNonHeap), gauge(jvm.oldMemoryUsed, nonHeap)),
          "used",
        ),
      ],
      metrics: [],
    },
    {
      id: "jvm-gc-share",
      title: "Garbage collection",
      help: gcShareHelp,
      unit: "ratio",
      queries: [line(jvmGcTime, "in collections")],
      metrics: [],
    },
    {
      id: "jvm-gc-pause",
      title: "Longest pause",
      help: "The longest pause of the last minutes where the library tells it (Micrometer), else the 99th percentile (OpenTelemetry).",
      unit: "seconds",
      queries: [line(firstOf(greatest(`${jvm.gcPause}_max`), quantile(0.99, jvm.gcDuration)), "pause")],
      metrics: [],
    },
    {
      id: "jvm-gc-count",
      title: "Collections",
      help: "Garbage collections per second.",
      unit: "count/s",
      queries: [line(jvmGcCount, "collections")],
      metrics: [],
    },
    {
      id: "jvm-allocations",
      title: "Allocations",
      help: "Bytes allocated in the young generation per second. Only Micrometer tells it.",
      unit: "bytes/s",
      queries: [line(perSecond(jvm.allocated), "allocated")],
      metrics: [],
    },
    {
      id: "jvm-threads",
      title: "Threads",
      help: "Live threads. A pool that grows without end is waiting for something slow.",
      unit: "count",
      queries: [line(jvmThreads, "live")],
      metrics: [],
    },
  ],
};

export const dotnetSection: ProgramSection = {
  id: "dotnet",
  title: ".NET",
  programs: programsWith(dotnet.totalMemory, dotnet.heapSize),
  figures: [
    figure("heapBytes", "bytes", "Managed memory.", dotnetHeap),
    figure("gcShare", "ratio", "Share of time that it stood still for garbage collection.", perSecond(dotnet.gcPause)),
    figure("threads", "count", "Threads of the pool, or of the process.", dotnetThreads),
    figure("cpuCores", "count", "CPU cores in use.", cpu),
  ],
  panels: [
    {
      id: "dotnet-heap",
      title: "Managed memory",
      help: "The heap after the last collection, and what is committed for it.",
      unit: "bytes",
      queries: [line(dotnetHeap, "heap"), line(gauge(dotnet.committed), "committed")],
      metrics: [],
    },
    {
      id: "dotnet-gc-share",
      title: "Garbage collection",
      help: gcShareHelp,
      unit: "ratio",
      queries: [line(perSecond(dotnet.gcPause), "stood still")],
      metrics: [],
    },
    {
      id: "dotnet-gc-count",
      title: "Collections",
      help: "Garbage collections of all generations per second.",
      unit: "count/s",
      queries: [line(dotnetGcCount, "collections")],
      metrics: [],
    },
    {
      id: "dotnet-allocations",
      title: "Allocations",
      help: "Bytes allocated per second.",
      unit: "bytes/s",
      queries: [line(perSecond(dotnet.allocated), "allocated")],
      metrics: [],
    },
    {
      id: "dotnet-threads",
      title: "Thread pool",
      help: "A queue while there is CPU left means that threads are blocked.",
      unit: "count",
      queries: [line(dotnetThreads, "threads"), line(gauge(dotnet.poolQueue), "queue")],
      metrics: [],
    },
  ],
};

export const nodeSection: ProgramSection = {
  id: "nodejs",
  title: "Node.js",
  programs: programsWith(node.heapUsed, node.v8HeapUsed),
  figures: [
    figure("heapBytes", "bytes", "Used heap.", nodeHeapUsed),
    figure("gcShare", "ratio", "Share of time in garbage collection.", nodeGcTime),
    figure("loopLagSeconds", "seconds", "Delay of the event loop, 99th percentile.", nodeLagP99),
    figure("cpuCores", "count", "CPU cores in use.", cpu),
  ],
  panels: [
    {
      id: "nodejs-loop",
      title: "Event loop delay",
      help: "How late timers fire. Everything in the program waits for so long; some milliseconds are usual.",
      unit: "seconds",
      queries: [line(nodeLagP50, "median"), line(nodeLagP99, "99 %")],
      metrics: [],
    },
    {
      id: "nodejs-loop-use",
      title: "Event loop use",
      help: "Share of time in which the event loop was busy. Only OpenTelemetry tells it.",
      unit: "ratio",
      max: 1,
      queries: [line(greatest(node.loopUse), "busy")],
      metrics: [],
    },
    {
      id: "nodejs-heap",
      title: "Heap",
      help: "Memory of the JavaScript heap, and buffers outside of it.",
      unit: "bytes",
      queries: [line(nodeHeapUsed, "used"), line(nodeHeapTotal, "reserved"), line(gauge(node.external), "outside")],
      metrics: [],
    },
    {
      id: "nodejs-gc-share",
      title: "Garbage collection",
      help: gcShareHelp,
      unit: "ratio",
      queries: [line(nodeGcTime, "in collections")],
      metrics: [],
    },
    {
      id: "nodejs-handles",
      title: "Handles and requests",
      help: "What the event loop waits for. Handles that only become more are a leak.",
      unit: "count",
      queries: [line(gauge(node.handles), "handles"), line(gauge(node.requests), "requests")],
      metrics: [],
    },
  ],
};

export const pythonSection: ProgramSection = {
  id: "python",
  title: "Python",
  programs: programsWith(python.collections),
  figures: [
    figure("residentBytes", "bytes", "Resident memory.", resident),
    figure("cpuCores", "count", "CPU cores in use.", cpu),
  ],
  panels: [
    {
      id: "python-gc",
      title: "Collections",
      help: "Runs of the cyclic garbage collector per second, all generations.",
      unit: "count/s",
      queries: [line(perSecond(python.collections), "collections")],
      metrics: [],
    },
    {
      id: "python-objects",
      title: "Collected objects",
      help: "Objects per second that only the cyclic collector could free, and those that it could not.",
      unit: "count/s",
      queries: [line(perSecond(python.collected), "collected"), line(perSecond(python.uncollectable), "uncollectable")],
      metrics: [],
    },
  ],
};

export const processSection: ProgramSection = {
  id: "process",
  title: "Process",
  programs: programsWith(process.start),
  figures: [
    figure("cpuCores", "count", "CPU cores in use.", cpu),
    figure("residentBytes", "bytes", "Resident memory.", resident),
    figure("openFiles", "count", "Open file descriptors.", gauge(process.openFiles)),
    figure("startTimeSeconds", "count", "When it was started, seconds since the epoch.", greatest(process.start)),
  ],
  panels: [
    {
      id: "process-cpu",
      title: "CPU",
      help: "CPU cores that the program uses.",
      unit: "count",
      queries: [line(cpu, "cores")],
      metrics: [],
    },
    {
      id: "process-memory",
      title: "Resident memory",
      help: "Memory that the program has in use, whatever for.",
      unit: "bytes",
      queries: [line(resident, "resident")],
      metrics: [],
    },
    {
      id: "process-files",
      title: "Open files",
      help: "File descriptors, and how many there may be. At the limit new connections fail.",
      unit: "count",
      queries: [line(gauge(process.openFiles), "open"), line(gauge(process.maxFiles), "limit")],
      metrics: [],
    },
  ],
};
