/**
 * From discovered labels to a target: relabelling, what the labels beginning with `__` mean, the address.
 * Source: Prometheus 3 scrape/target.go, `PopulateLabels`, `Target.URL`, `Target.hash`, `Target.offset`.
 */
import { formatDuration, parseDuration } from "../../../core/duration.ts";
import { type Labels, labelsKey } from "../../../core/labels.ts";
import { xxhash64 } from "../../../core/xxhash64.ts";
import type { ScrapeJob } from "./job.ts";
import { type LabelMap, relabel } from "./relabel.ts";

export interface Target {
  /** What tells it from all others of its job: labels and address. */
  readonly key: string;
  readonly url: URL;
  /** What its series carry: without names that begin with `__`, sorted. */
  readonly labels: Labels;
  /** Before relabelling. */
  readonly discoveredLabels: Labels;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export type TargetOutcome =
  | { readonly kind: "target"; readonly target: Target }
  /** A rule has dropped it. */
  | { readonly kind: "dropped"; readonly discoveredLabels: Labels }
  | { readonly kind: "faulty"; readonly discoveredLabels: Labels; readonly fault: string };

const reserved = "__";
const meta = "__meta_";
const param = "__param_";

/** What a target's labels come to in its job. */
export function targetOf(discovered: ReadonlyMap<string, string>, job: ScrapeJob): TargetOutcome {
  const labels: LabelMap = new Map(discovered);
  const defaults = {
    job: job.name,
    __scrape_interval__: formatDuration(job.intervalMs),
    __scrape_timeout__: formatDuration(job.timeoutMs),
    __metrics_path__: job.config.metrics_path,
    __scheme__: job.config.scheme,
  };
  for (const [name, value] of Object.entries(defaults)) if ((labels.get(name) ?? "") === "") labels.set(name, value);
  for (const [name, [first]] of Object.entries(job.config.params ?? {})) {
    if (first !== undefined && first !== "") labels.set(param + name, first);
  }
  const discoveredLabels = sorted(labels);
  if (!relabel(labels, job.targetRules)) return { kind: "dropped", discoveredLabels };
  const made = makeTarget(labels, discoveredLabels, job);
  return typeof made === "string" ? { kind: "faulty", discoveredLabels, fault: made } : { kind: "target", target: made };
}

/** A target, or why the labels make none. */
function makeTarget(labels: LabelMap, discoveredLabels: Labels, job: ScrapeJob): Target | string {
  const address = labels.get("__address__") ?? "";
  if (address === "") return "no address";
  if (address.includes("/")) return `${JSON.stringify(address)} is not a valid hostname`;
  const scheme = labels.get("__scheme__") ?? "";
  if (scheme !== "http" && scheme !== "https") return `there is no scheme ${JSON.stringify(scheme)}, only http and https`;
  const intervalMs = durationOf(labels, "__scrape_interval__");
  const timeoutMs = durationOf(labels, "__scrape_timeout__");
  if (typeof intervalMs === "string") return intervalMs;
  if (typeof timeoutMs === "string") return timeoutMs;
  if (timeoutMs > intervalMs) return "the scrape timeout is longer than the interval";
  const url = urlOf(scheme, address, labels, job);
  if (url === null) return `${JSON.stringify(address)} is no valid address`;
  if ((labels.get("instance") ?? "") === "") labels.set("instance", address);
  const own = sorted(new Map([...labels].filter(([name]) => !name.startsWith(reserved))));
  const kept = sorted(new Map([...labels].filter(([name]) => !name.startsWith(meta))));
  return { key: `${labelsKey(kept)}${url.href}`, url, labels: own, discoveredLabels, intervalMs, timeoutMs };
}

function durationOf(labels: LabelMap, name: string): number | string {
  const text = labels.get(name) ?? "";
  const ms = parseDuration(text);
  return ms === null || ms === 0 || !Number.isFinite(ms) ? `${name} is no duration: ${JSON.stringify(text)}` : ms;
}

function urlOf(scheme: string, address: string, labels: LabelMap, job: ScrapeJob): URL | null {
  const url = URL.parse(`${scheme}://${address}`);
  // A user's name in the address would be sent along, and shown in lists.
  if (url === null || url.hostname === "" || url.username !== "" || url.password !== "") return null;
  url.pathname = labels.get("__metrics_path__") ?? "";
  const params = new Map(Object.entries(job.config.params ?? {}).map(([name, values]) => [name, [...values]]));
  for (const [name, value] of labels) {
    if (!name.startsWith(param)) continue;
    const key = name.slice(param.length);
    params.set(key, [value, ...(params.get(key) ?? []).slice(1)]);
  }
  // Sorted by name, as Go encodes them: the address is part of the target's identity.
  for (const key of [...params.keys()].sort()) for (const value of params.get(key) ?? []) url.searchParams.append(key, value);
  return url;
}

/** When in its interval a target is scraped, ms: spread over all targets, and the same after each start. */
export function offsetOf(target: Target, seed: string): number {
  const hash = xxhash64(Buffer.from(`${seed}\u0000${target.key}`));
  return Number(hash % BigInt(target.intervalMs));
}

function sorted(labels: ReadonlyMap<string, string>): Labels {
  const names = [...labels.keys()].filter((name) => labels.get(name) !== "").sort();
  // From entries, because assigning to a label `__proto__` would set the prototype.
  return Object.fromEntries(names.map((name) => [name, labels.get(name) ?? ""]));
}
