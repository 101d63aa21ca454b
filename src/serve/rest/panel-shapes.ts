/** Schemas of declared charts; they follow `core/panel.ts`. */
import { z } from "zod";

const panel = z.object({
  id: z.string(),
  title: z.string(),
  help: z.string(),
  unit: z.string(),
  queries: z.array(z.object({ expr: z.string(), legend: z.string(), mirrored: z.boolean().optional() })),
  form: z.enum(["lines", "stacked"]).optional(),
  max: z.number().optional(),
  thresholds: z.array(z.object({ value: z.number(), label: z.string() })).optional(),
  metrics: z.array(z.string()),
});

export const panelSection = z.object({
  id: z.string(),
  title: z.string(),
  panels: z.array(panel),
  overview: z.array(z.string()).optional(),
  domain: z.string(),
  domainTitle: z.string(),
});
