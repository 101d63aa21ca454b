/** What a node does on its chain. */
export const nodeTypes = ["validator", "rpc", "archive", "light", "full", "other"] as const;

export type NodeType = (typeof nodeTypes)[number];
