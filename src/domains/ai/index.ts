/** AI models served on this node. The view is fixed, its readers come with the inference work. */
import type { Domain } from "../../core/domain.ts";
import { notBuiltYet } from "../../core/not-built.ts";

export const ai: Domain = {
  id: "ai",
  title: "AI",
  metrics: {},
  collectors: [],
  views: [
    {
      name: "aiModels",
      help: "Models that serve inference on this node.",
      fields: [],
      rows: {
        name: "aiModels",
        help: "One row per model.",
        key: { field: "modelName", label: "model", help: "The model's name." },
        fields: notBuiltYet([
          { name: "inferenceLatencyMs", help: "Median time of one inference.", unit: "ms" },
          { name: "throughputPerSecond", help: "Inferences per second.", unit: "1/s" },
          { name: "acceleratorUtilization", help: "Utilization of the accelerator that serves the model, 0–100.", unit: "%" },
        ]),
      },
    },
  ],
  panels: [],
  checks: [],
  alerts: [],
};
