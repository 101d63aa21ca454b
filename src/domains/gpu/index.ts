/** GPUs. The view is fixed, its readers come with the accelerator work. */
import type { Domain } from "../../core/domain.ts";
import { notBuiltYet } from "../../core/not-built.ts";

export const gpu: Domain = {
  id: "gpu",
  title: "GPU",
  metrics: {},
  collectors: [],
  views: [
    {
      name: "gpu",
      help: "The busiest GPU.",
      fields: notBuiltYet([
        { name: "usagePercent", help: "Share of time in which a kernel was running, 0–100.", unit: "%" },
        { name: "memoryUsed", help: "Device memory in use.", unit: "By" },
        { name: "tensorCoreUtilization", help: "Share of cycles in which tensor cores were active, 0–100.", unit: "%" },
      ]),
    },
  ],
  panels: [],
  checks: [],
  alerts: [],
};
