/**
 * What an OpenTelemetry metric is called in Prometheus.
 * Sources: prometheus/otlptranslator metric_namer.go and unit_namer.go; OpenTelemetry specification,
 * compatibility/prometheus_and_openmetrics.md, "OTLP Metric points to Prometheus". Where they differ it is as Prometheus does it.
 */

/** How names are carried over, as Prometheus's `translation_strategy` has it. */
export interface NameTranslation {
  /** What a classic Prometheus name cannot hold becomes an underscore. */
  readonly escape: boolean;
  /** The unit's word, and `_total` or `_ratio`, are put behind a metric's name. */
  readonly suffixes: boolean;
}

/** What the name depends on. */
export interface NamedMetric {
  readonly name: string;
  /** UCUM. */
  readonly unit: string;
  /** Monotonic sums are counters; only these and gauges have a suffix of their kind. */
  readonly kind: "counter" | "gauge" | "other";
}

/** `tibibytes` is how Prometheus's default has it; a correct word would give the same metric two names. */
const unitWords: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};

/** Behind a stroke: "per second". */
const perUnitWords: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

/** Empty where nothing is left of the name. */
export function metricName(metric: NamedMetric, { escape, suffixes }: NameTranslation): string {
  if (!escape) return suffixes ? withSuffixes(metric) : metric.name;
  const name = suffixes
    ? tokensOf(metric).join("_")
    : metric.name
        .split(/[^a-zA-Z0-9:_]+/)
        .filter(Boolean)
        .join("_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** The unit as metadata has it: `By/s` → `bytes_per_second`. */
export function unitName(unit: string): string {
  const { main, per } = unitSuffixes(unit);
  return [cleanUnit(main), cleanUnit(per)].filter(Boolean).join("_").replaceAll(/^_|_$/g, "");
}

/** The words of the name, of which the unit and the kind are the last; a word that is there already is not added again. */
function tokensOf({ name, unit, kind }: NamedMetric): string[] {
  const tokens = name.split(/[^a-zA-Z0-9:]+/).filter(Boolean);
  const { main, per } = unitSuffixes(unit);
  const perWord = cleanUnit(per).replace(/_$/, "");
  const hasPer = perWord !== "" && perWord !== "per" && !tokens.includes(perWord);
  const mainWord = hasPer ? cleanUnit(main).replace(/_$/, "") : cleanUnit(main);
  if (mainWord !== "" && !tokens.includes(cleanUnit(main))) tokens.push(mainWord);
  if (hasPer) tokens.push(perWord);
  const last = kindSuffix(unit, kind);
  return last === "" ? tokens : [...tokens.filter((token) => token !== last), last];
}

/** Without escaping: what is there stays as it is. */
function withSuffixes({ name, unit, kind }: NamedMetric): string {
  const { main, per } = unitSuffixes(unit);
  const last = kindSuffix(unit, kind);
  let bare = name;
  for (const suffix of [last, per]) bare = withoutWord(bare, suffix);
  if (main !== "" && !bare.endsWith(main)) bare += `_${main}`;
  return [bare, per, last].filter(Boolean).join("_");
}

function withoutWord(name: string, word: string): string {
  return word !== "" && name.endsWith(word) && name.length > word.length + 1 ? name.slice(0, -(word.length + 1)) : name;
}

/** A ratio is a share, so on anything but a gauge the unit `1` means a count of things. */
function kindSuffix(unit: string, kind: NamedMetric["kind"]): string {
  if (kind === "counter") return "total";
  return kind === "gauge" && unit === "1" ? "ratio" : "";
}

/** `By/s` → `bytes` and `per_second`. What stands in braces is a note, no unit. */
function unitSuffixes(unit: string): { readonly main: string; readonly per: string } {
  const stroke = unit.indexOf("/");
  const main = (stroke < 0 ? unit : unit.slice(0, stroke)).trim();
  const per = (stroke < 0 ? "" : unit.slice(stroke + 1)).trim();
  const perWord = wordOf(per, perUnitWords);
  return { main: wordOf(main, unitWords), per: perWord === "" ? "" : `per_${perWord}` };
}

function wordOf(unit: string, words: Readonly<Record<string, string>>): string {
  if (/[{}]/.test(unit)) return "";
  return Object.hasOwn(words, unit) ? (words[unit] ?? "") : unit;
}

function cleanUnit(unit: string): string {
  return unit.replaceAll(/[^a-zA-Z0-9:]+/g, "_").replace(/^_/, "");
}
