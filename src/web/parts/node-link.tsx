/** A link to a node's overview. */
import type { JSX } from "preact";
import { status } from "../data/server.ts";
import { pageHref } from "../state/router.ts";

/** The overview of a node; the node that serves the page needs no name in the address. */
export function nodeHref(id: string): string {
  return pageHref("/", { node: id === status.value?.node.id ? null : id });
}

export function NodeLink({ id }: { readonly id: string }): JSX.Element {
  return <a href={nodeHref(id)}>{id}</a>;
}
