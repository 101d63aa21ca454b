/** Labels that all metrics of a chain client have. */

/**
 * `chain.client`: the client's name on this node, which is its kind where it is the only one of it. `simulated`: "true" for the demo's
 * chains and for nothing else; such a chain's samples must never be taken for a real one's.
 */
export const perClient = { "chain.client": null, simulated: ["", "true"] } as const;
