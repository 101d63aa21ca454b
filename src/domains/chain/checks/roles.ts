/** Limits differ for what keeps its stake by being in time, and for everybody else. */
import { type NodeType, nodeTypes } from "../../../core/node-type.ts";

export const otherRoles: readonly NodeType[] = nodeTypes.filter((role) => role !== "validator");
