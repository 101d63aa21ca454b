/** What the server declares of blockchain clients, by the names that REST and GraphQL have for it. */
import type { Panel } from "../../core/panel.ts";
import type { ViewField, ViewList } from "../../core/view.ts";
import type { DomainSection } from "./contract.ts";
import { sections, viewGroups } from "./server.ts";

/** Id of the domain. */
export const chainDomain = "chain";

export type ChainList = "clients" | "peers" | "validatorGroups" | "validators" | "contracts" | "contractMethods";

/** `undefined` where the server has none of this name, which a page says. */
export function chainList(name: ChainList): ViewList | undefined {
  return chainGroup()?.lists?.find((list) => list.name === name);
}

/** One of the figures of all clients together. */
export function chainField(name: string): ViewField | undefined {
  return chainGroup()?.fields.find((field) => field.name === name);
}

function chainGroup(): { readonly fields: readonly ViewField[]; readonly lists?: readonly ViewList[] } | undefined {
  return viewGroups.value.find(({ name, domain }) => name === chainDomain && domain === chainDomain);
}

/** Sections of charts that have a page of their own; all others are on the page of now. */
const ownPages = { validators: "chain-consensus", contracts: "chain-contracts", peers: "chain-peers" } as const;

export function chainSections(page: keyof typeof ownPages | "now"): readonly DomainSection[] {
  const own: ReadonlySet<string> = new Set(Object.values(ownPages));
  const isHere = ({ id }: DomainSection): boolean => (page === "now" ? !own.has(id) : id === ownPages[page]);
  return (sections.value ?? []).filter((section) => section.domain === chainDomain && isHere(section));
}

export function panelsOf(shown: readonly DomainSection[]): readonly Panel[] {
  return shown.flatMap((section) => section.panels);
}
