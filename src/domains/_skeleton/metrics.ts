/** SKELETON: what your domain measures. One declaration is all that names, types, docs and doors need. */
import { defineMetrics } from "../../core/metric.ts";

export const skeletonMetrics = defineMetrics({
  // SKELETON: an OpenTelemetry name where the conventions have one, else `chainpulse.<domain>.<what>`; base units only.
  entropyAvailable: {
    name: "chainpulse.skeleton.entropy.available",
    kind: "gauge",
    unit: "{bit}",
    help: "Bits of entropy that the kernel has at hand.",
    labels: { pool: ["kernel"] },
  },
});
