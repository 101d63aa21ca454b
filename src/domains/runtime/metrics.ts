/**
 * Names under which language runtimes expose themselves. They are those of the libraries that programs are instrumented with, so there is
 * nothing of ours to declare; where a library's names come from stands with each group.
 */

/** What all of them have. Source: Prometheus client libraries, "Process metrics" (prometheus/docs writing_clientlibs.md). */
export const processNames = {
  cpu: "process_cpu_seconds_total",
  resident: "process_resident_memory_bytes",
  openFiles: "process_open_fds",
  maxFiles: "process_max_fds",
  start: "process_start_time_seconds",
} as const;

/** Source: prometheus/client_golang prometheus/go_collector.go and go_collector_latest.go. */
export const goNames = {
  goroutines: "go_goroutines",
  threads: "go_threads",
  /** A summary: its sum is the time that the program stood still. */
  gcPause: "go_gc_duration_seconds",
  heapAlloc: "go_memstats_heap_alloc_bytes",
  heapInUse: "go_memstats_heap_inuse_bytes",
  heapSystem: "go_memstats_heap_sys_bytes",
  nextGc: "go_memstats_next_gc_bytes",
  allocated: "go_memstats_alloc_bytes_total",
  memoryLimit: "go_gc_gomemlimit_bytes",
} as const;

export const jvmNames = {
  /** Source: micrometer-core JvmMemoryMetrics, JvmGcMetrics, JvmThreadMetrics. The memory names are also those of client_java 1.x and, with other labels, of OpenTelemetry. */
  memoryUsed: "jvm_memory_used_bytes",
  memoryCommitted: "jvm_memory_committed_bytes",
  memoryMax: "jvm_memory_max_bytes",
  gcPause: "jvm_gc_pause_seconds",
  allocated: "jvm_gc_memory_allocated_bytes_total",
  liveThreads: "jvm_threads_live_threads",
  /** Source: prometheus/client_java: simpleclient_hotspot MemoryPoolsExports, GarbageCollectorExports, ThreadExports; 1.x JvmGarbageCollectorMetrics, JvmThreadsMetrics. The JMX exporter has them, too. */
  oldMemoryUsed: "jvm_memory_bytes_used",
  oldMemoryCommitted: "jvm_memory_bytes_committed",
  oldMemoryMax: "jvm_memory_bytes_max",
  gcCollection: "jvm_gc_collection_seconds",
  currentThreads: "jvm_threads_current",
  /** Source: OpenTelemetry semantic conventions, jvm.memory.limit, jvm.gc.duration, jvm.thread.count. */
  memoryLimit: "jvm_memory_limit_bytes",
  gcDuration: "jvm_gc_duration_seconds",
  threadCount: "jvm_thread_count",
} as const;

export const dotnetNames = {
  /** Source: prometheus-net DotNetStats.cs. */
  totalMemory: "dotnet_total_memory_bytes",
  collectionCount: "dotnet_collection_count_total",
  threads: "process_num_threads",
  /** Source: System.Runtime's meter since .NET 9 (RuntimeMetrics.cs), and OpenTelemetry semantic conventions, dotnet.*. */
  heapSize: "dotnet_gc_last_collection_heap_size_bytes",
  committed: "dotnet_gc_last_collection_memory_committed_size_bytes",
  allocated: "dotnet_gc_heap_total_allocated_bytes_total",
  gcPause: "dotnet_gc_pause_time_seconds_total",
  collections: "dotnet_gc_collections_total",
  poolThreads: "dotnet_thread_pool_thread_count",
  poolQueue: "dotnet_thread_pool_queue_length",
} as const;

export const nodeNames = {
  /** Source: prom-client lib/metrics: eventLoopLag.js, heapSizeAndUsed.js, gc.js, processHandles.js, processRequests.js. */
  loopLagP50: "nodejs_eventloop_lag_p50_seconds",
  loopLagP99: "nodejs_eventloop_lag_p99_seconds",
  heapUsed: "nodejs_heap_size_used_bytes",
  heapTotal: "nodejs_heap_size_total_bytes",
  external: "nodejs_external_memory_bytes",
  gcDuration: "nodejs_gc_duration_seconds",
  handles: "nodejs_active_handles_total",
  requests: "nodejs_active_requests_total",
  /** Source: OpenTelemetry semantic conventions, nodejs.eventloop.*, v8js.*. */
  loopDelayP50: "nodejs_eventloop_delay_p50_seconds",
  loopDelayP99: "nodejs_eventloop_delay_p99_seconds",
  loopUse: "nodejs_eventloop_utilization_ratio",
  v8HeapUsed: "v8js_memory_heap_used_bytes",
  v8HeapLimit: "v8js_memory_heap_limit_bytes",
  v8GcDuration: "v8js_gc_duration_seconds",
} as const;

/** Source: prometheus/client_python prometheus_client/gc_collector.py. */
export const pythonNames = {
  collections: "python_gc_collections_total",
  collected: "python_gc_objects_collected_total",
  uncollectable: "python_gc_objects_uncollectable_total",
} as const;
