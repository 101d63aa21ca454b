/**
 * What an attribute is called as a label. Source: prometheus/otlptranslator label_namer.go and strconv.go, with Prometheus's defaults:
 * several underscores stay several, and one at the beginning is not left alone there.
 */

/** Empty where nothing is left of the name but underscores that were not in it. */
export function labelName(attribute: string, escape: boolean): string {
  if (!escape) return attribute;
  const bare = attribute.replaceAll(/[^a-zA-Z0-9_]/gu, "_");
  const name = /^\d/.test(bare) ? `key_${bare}` : /^_(?!_)/.test(bare) ? `key${bare}` : bare;
  return name !== attribute && /^_+$/.test(name) ? "" : name;
}
