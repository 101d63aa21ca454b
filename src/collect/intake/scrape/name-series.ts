/**
 * What labels a scraped series gets: its own, those of its target, and what the rules make of them.
 * Source: Prometheus 3 scrape/scrape.go, `mutateSampleLabels`, `resolveConflictingExposedLabels`, `verifyLabelLimits`.
 */
import { ChainPulseError } from "../../../core/errors.ts";
import { type Labels, metricNameLabel } from "../../../core/labels.ts";
import type { SeriesKey } from "../../../io/openmetrics/series-key.ts";
import type { ScrapeJob } from "./job.ts";
import { type LabelMap, relabel, setLabel } from "./relabel.ts";

const exported = "exported_";
const legacyName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legacyLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Sorted and complete; `null` where a rule drops the series. Throws `SCRAPE_FAILED` for what breaks a limit of the job. */
export function nameSeries({ name, labels: own }: SeriesKey, target: Labels, job: ScrapeJob): Labels | null {
  const labels: LabelMap = new Map([[metricNameLabel, name], ...Object.entries(own).filter(([, value]) => value !== "")]);
  if (job.config.honor_labels) addMissing(labels, own, target);
  else addTarget(labels, target);
  if (!relabel(labels, job.metricRules)) return null;
  const metric = labels.get(metricNameLabel) ?? "";
  if (metric === "") throw broken(name, "a rule takes its name away");
  checkNames(labels, job);
  checkLimits(metric, labels, job);
  // From entries, because assigning to a label `__proto__` would set the prototype.
  return Object.fromEntries([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A label that the series has, even an empty one, is not the target's to set. */
function addMissing(labels: LabelMap, own: Labels, target: Labels): void {
  for (const [name, value] of Object.entries(target)) if (!Object.hasOwn(own, name)) setLabel(labels, name, value);
}

/** The target's labels are set, and what stood in their place is kept under a name that is free. */
function addTarget(labels: LabelMap, target: Labels): void {
  const conflicts: [string, string][] = [];
  for (const [name, value] of Object.entries(target)) {
    const before = labels.get(name);
    if (before !== undefined) conflicts.push([name, before]);
    labels.set(name, value);
  }
  // The shortest name first: a label that is called exported_… already keeps out of its way.
  for (const [name, value] of conflicts.sort(([a], [b]) => a.length - b.length)) {
    let free = exported + name;
    while (labels.has(free)) free = exported + free;
    labels.set(free, value);
  }
}

function checkNames(labels: LabelMap, { legacyNames }: ScrapeJob): void {
  if (!legacyNames) return;
  for (const [name, value] of labels) {
    const isMetric = name === metricNameLabel;
    if (!(isMetric ? legacyName.test(value) : legacyLabel.test(name)))
      throw broken(isMetric ? value : name, "the name is not one of the legacy scheme");
  }
}

function checkLimits(metric: string, labels: LabelMap, { limits }: ScrapeJob): void {
  if (labels.size > limits.labels) throw broken(metric, `${labels.size} labels, more than the limit of ${limits.labels}`);
  for (const [name, value] of labels) {
    // A character has three bytes at most for each of its UTF-16 units.
    if (isLonger(name, limits.labelNameBytes))
      throw broken(metric, `a label's name is longer than ${limits.labelNameBytes} bytes`);
    if (isLonger(value, limits.labelValueBytes))
      throw broken(metric, `the label ${name.slice(0, 50)} is longer than ${limits.labelValueBytes} bytes`);
    if (value.includes("\u0000") || name.includes("\u0000")) throw broken(metric, "a label has a NUL character");
  }
}

function isLonger(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax;
}

function broken(series: string, what: string): ChainPulseError {
  return new ChainPulseError("SCRAPE_FAILED", `series ${series.slice(0, 100)}: ${what}`);
}
