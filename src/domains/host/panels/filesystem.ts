/** Charts of file systems. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { filesystemUsage, inodeUsage } from "../filesystem/expressions.ts";
import { fileDescriptorMetrics, filesystemMetrics } from "../filesystem/metrics.ts";

const mountpoint = `{{${labelOf(filesystemMetrics.usage, "system.filesystem.mountpoint")}}}`;

export const filesystemPanels: PanelSection = {
  id: "filesystem",
  title: "File systems",
  panels: [
    {
      id: "filesystem_usage",
      title: "Used space",
      help: "As df counts it: what is reserved for root is neither used nor free.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: filesystemUsage, legend: mountpoint }],
      thresholds: [{ value: 0.9, label: "90 %" }],
      metrics: [filesystemMetrics.usage.name],
    },
    {
      id: "filesystem_free",
      title: "Free space",
      help: "What everybody can write.",
      unit: "bytes",
      queries: [{ expr: select(filesystemMetrics.usage, { "system.filesystem.state": "free" }), legend: mountpoint }],
      metrics: [filesystemMetrics.usage.name],
    },
    {
      id: "filesystem_inodes",
      title: "Used inodes",
      help: "With none left no file can be made, whatever space there is.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: inodeUsage, legend: mountpoint }],
      metrics: [filesystemMetrics.inodes.name],
    },
    {
      id: "filesystem_open_files",
      title: "Open files",
      help: "Of the whole machine, with the kernel's limit in the check.",
      unit: "count",
      queries: [{ expr: select(fileDescriptorMetrics.allocated), legend: "open" }],
      metrics: [fileDescriptorMetrics.allocated.name],
    },
  ],
};
