/** What the attributes of a resource say of where spans and log records belong. Source: OpenTelemetry semantic conventions, resource. */
import type { Attributes } from "./span.ts";

/** The name that the conventions give to a service which does not name itself. */
const unnamedService = "unknown_service";
/** Attributes any of which may hold the id of a node: ours, the machine's, the instance's. */
const nodeAttributes = ["chainpulse.node", "host.name", "service.instance.id"] as const;

/** Characters of a name in an index and in lists; the whole text is in what was stored. */
export const indexedCharsMax = 512;

/** `service.name`, never empty. */
export function serviceOf(resource: Attributes): string {
  const name = textOf(resource, "service.name");
  return name === "" ? unnamedService : indexed(name);
}

/** Ids of the nodes that the resource may be on: a node has what names it in any of `nodeAttributes`. Distinct, not empty. */
export function nodesOf(resource: Attributes): readonly string[] {
  const names = nodeAttributes.map((name) => indexed(textOf(resource, name)));
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
