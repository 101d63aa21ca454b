/** One colour per stage, the same in every picture of transactions and blocks. */
import type { FlowStage } from "../../../core/trace/flow.ts";
import { seriesStyle } from "../../views/palette.ts";

/** Places in the palette. What is seen side by side differs; two stages share one only where one belongs to transactions, the other to blocks. */
const places: Partial<Record<FlowStage, number>> = {
  mempool: 0,
  attest: 0,
  import: 1,
  propagation: 2,
  queued: 3,
  propose: 3,
  block_propagation: 4,
  execute: 5,
};

/** What comes after the inclusion is no part of the latency: it is grey, and draws the eye to nothing. */
const greys = { dark: ["#8d94a3", "#5f6778"], light: ["#6b7384", "#a3abba"] } as const;

export function stageColor(stage: FlowStage, dark: boolean): string {
  const place = places[stage];
  if (place !== undefined) return seriesStyle(place, { dark, stacked: true }).color;
  const [near, far] = dark ? greys.dark : greys.light;
  return stage === "finalize" ? far : near;
}
