/**
 * What the Prometheus libraries of Go, Node and others tell of any process, under the same names everywhere. Sources:
 * prometheus/client_golang prometheus/process_collector.go and go_collector.go; siimon/prom-client lib/metrics.
 */
import { chainRuntimeMetrics as r } from "../../runtime/metrics.ts";
import { type MappingRule, rule, sum } from "../dialect.ts";

/** Process collectors of all libraries have these. */
export const processRules: readonly MappingRule[] = [
  rule(r.cpu, {}, sum("process_cpu_seconds_total")),
  rule(r.memory, {}, sum("process_resident_memory_bytes")),
  rule(r.openFiles, {}, sum("process_open_fds")),
  rule(r.startTime, {}, sum("process_start_time_seconds")),
];

export const nodejsRules: readonly MappingRule[] = [
  ...processRules,
  rule(r.heap, {}, sum("nodejs_heap_size_used_bytes")),
  rule(r.gcTime, {}, sum("nodejs_gc_duration_seconds_sum")),
];

/** A summary's `_sum` is the time in all; its quantiles have no suffix and are other names. */
export const goRules: readonly MappingRule[] = [
  ...processRules,
  rule(r.heap, {}, sum("go_memstats_heap_inuse_bytes")),
  rule(r.gcTime, {}, sum("go_gc_duration_seconds_sum")),
  rule(r.threads, {}, sum("go_goroutines")),
];
