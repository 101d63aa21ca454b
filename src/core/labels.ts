/** Labels of a stored series: Prometheus spelling, `__name__` among them, sorted by name. */
export type Labels = Readonly<Record<string, string>>;

export const metricNameLabel = "__name__";

/** A label's value, empty when there is none. Queries may name labels such as `constructor`, which every object inherits. */
export function labelValue(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}

/** One string per distinct label set, whatever order the labels were given in. */
export function labelsKey(labels: Labels): string {
  let key = "";
  // U+0000 cannot occur in a label (the border rejects it), so the joined string is unambiguous.
  for (const name of sortedNames(labels)) key += `${name}\u0000${labels[name]}\u0000`;
  return key;
}

/** Labels mostly come sorted, and looking is faster than sorting. */
function sortedNames(labels: Labels): readonly string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i++) if ((names[i - 1] ?? "") > (names[i] ?? "")) return names.sort();
  return names;
}

/** The way back from `labelsKey`. */
export function labelsOfKey(key: string): Labels {
  const parts = key.split("\u0000");
  const names = parts.filter((_, index) => index % 2 === 0 && index + 1 < parts.length);
  // From entries, because assigning to a label `__proto__` would set the prototype.
  return Object.fromEntries(names.map((name, index) => [name, parts[2 * index + 1] ?? ""]));
}

/** `name{a="b"}`, for people. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== metricNameLabel);
  const inner = pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ");
  const metric = labels[metricNameLabel] ?? "";
  return inner === "" && metric !== "" ? metric : `${metric}{${inner}}`;
}

export type MatchOperator = "=" | "!=" | "=~" | "!~";

export interface LabelMatcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}
