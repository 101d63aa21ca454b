/** Memory errors from EDAC. Source: Documentation/ABI/testing/sysfs-devices-edac: `mc/mcN/{ce,ue}_count`. */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { numberFilesCollector, openNumberFile } from "../number-file.ts";
import { memoryMetrics } from "./metrics.ts";

const metric = memoryMetrics.eccErrors;

export const edacCollector: CollectorDeclaration = {
  id: "host.memory_errors",
  title: "Memory errors",
  metrics: [metric],
  intervalMs: 30_000,
  platforms: ["linux"],
  open: (context) => {
    const base = `${context.config.host.sys_root}/devices/system/edac/mc`;
    const entries = listDirectory(base);
    const controllers = "reason" in entries ? [] : entries.filter((entry) => /^mc\d+$/.test(entry));
    if ("reason" in entries) context.absent(base, [metric], entries);
    else if (controllers.length === 0) {
      context.absent(base, [metric], { reason: "not_present", detail: `${base}: no memory controller with error counters` });
    }
    const files = controllers.flatMap((entry) => {
      const controller = entry.slice("mc".length);
      return [
        openNumberFile(context, `${base}/${entry}/ce_count`, { metric, labels: { controller, kind: "corrected" } }),
        openNumberFile(context, `${base}/${entry}/ue_count`, { metric, labels: { controller, kind: "uncorrected" } }),
      ];
    });
    return numberFilesCollector(files);
  },
};
