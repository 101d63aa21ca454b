/** How sentences of checks and alerts name a client: a simulated chain's says so, wherever the sentence is read. */
import { labelOf } from "../../../core/promql-text.ts";
import { clientMetrics } from "../client/metrics.ts";

const name = labelOf(clientMetrics.up, "chain.client");
const simulated = labelOf(clientMetrics.up, "simulated");

/** In a check's sentence: `geth`, or `anvil (simulated: true)`. */
export const client = `{{${name}}}[ (simulated: {{${simulated}}})]`;

/** The same in an alert's template. */
export const clientInAlert = `{{ $labels.${name} }}{{ if $labels.${simulated} }} (simulated){{ end }}`;
