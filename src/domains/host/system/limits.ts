/** Entropy and the kernel's limits. Source: Documentation/admin-guide/sysctl/kernel.rst; drivers/char/random.c. */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import { numberFilesCollector, openNumberFile } from "../number-file.ts";
import { systemMetrics } from "./metrics.ts";

const { entropy, entropyPoolSize, maxThreads, maxPids } = systemMetrics;

export const limitsCollector: CollectorDeclaration = {
  id: "host.limits",
  title: "Entropy and kernel limits",
  metrics: [entropy, entropyPoolSize, maxThreads, maxPids],
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => {
    const base = `${context.config.host.proc_root}/sys/kernel`;
    return numberFilesCollector([
      openNumberFile(context, `${base}/random/entropy_avail`, { metric: entropy, labels: {} }),
      openNumberFile(context, `${base}/random/poolsize`, { metric: entropyPoolSize, labels: {} }),
      openNumberFile(context, `${base}/threads-max`, { metric: maxThreads, labels: {} }),
      openNumberFile(context, `${base}/pid_max`, { metric: maxPids, labels: {} }),
    ]);
  },
};
