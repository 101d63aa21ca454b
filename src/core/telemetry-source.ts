/** What the attributes of a resource say of where spans and log records belong. Source: OpenTelemetry semantic conventions, resource. */
import type { Attributes } from "./span.ts";

/** The name that the conventions give to a service which does not name itself. */
const unnamedService = "unknown_service";
/** Id of the node, where an agent or a hub of ours has said it. */
export const nodeAttribute = "chainpulse.node";
/** Attributes any of which may hold the id of a node: ours, the machine's, the instance's. */
export const nodeAttributes = [nodeAttribute, "host.name", "service.instance.id"] as const;

/** Characters of a name in an index and in lists; the whole text is in what was stored. */
export const indexedCharsMax = 512;

/** `service.name`, never empty. */
export function serviceOf(resource: Attributes): string {
  const name = textOf(resource, "service.name");
  return name === "" ? unnamedService : indexed(name);
}

/** The node that an agent or a hub of ours has said it is of; empty where none has. */
export function ownerOf(resource: Attributes): string {
  return textOf(resource, nodeAttribute);
}

/**
 * Ids of the nodes that the resource may be on: the one that ChainPulse has said, which no sender overrules; else a node has what names it in
 * any of `nodeAttributes`. Distinct, not empty.
 */
export function nodesOf(resource: Attributes): readonly string[] {
  const owner = ownerOf(resource);
  const names = owner === "" ? nodeAttributes.map((name) => indexed(textOf(resource, name))) : [indexed(owner)];
  return [...new Set(names)].filter((name) => name !== "");
}

/** A text as it stands in an index: bounded, so that a name of a megabyte costs its body's room once. */
export function indexed(text: string): string {
  return text.slice(0, indexedCharsMax);
}

function textOf(attributes: Attributes, name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : "";
  return typeof value === "string" ? value : "";
}
