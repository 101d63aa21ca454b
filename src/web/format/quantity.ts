/**
 * Numbers with units, the one place where the dashboard writes them: at most four significant digits, never `NaN`, `-0`
 * or an exponent. Bytes have IEC prefixes (1 KiB = 1,024 B), everything else SI ones; durations grow from µs to days.
 */
import type { PanelUnit } from "../../core/panel.ts";

export type { PanelUnit };

export interface Quantity {
  /** The number, or an en dash where there is none. */
  readonly text: string;
  /** With its prefix, `""` for plain counts. Shown dimmer than the number. */
  readonly unit: string;
}

interface Step {
  /** One of this unit in base units. */
  readonly size: number;
  readonly unit: string;
}

const iecSteps = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"].map((unit, power) => ({ size: 1024 ** power, unit }));

const steps: Readonly<Record<PanelUnit, readonly Step[]>> = {
  ratio: [{ size: 0.01, unit: "%" }],
  bytes: iecSteps,
  "bytes/s": iecSteps.map((step) => ({ size: step.size, unit: `${step.unit}/s` })),
  "bits/s": siSteps(["b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s"]),
  seconds: [
    { size: 1e-9, unit: "ns" },
    { size: 1e-6, unit: "µs" },
    { size: 1e-3, unit: "ms" },
    { size: 1, unit: "s" },
    { size: 60, unit: "min" },
    { size: 3600, unit: "h" },
    { size: 86_400, unit: "d" },
  ],
  celsius: [{ size: 1, unit: "°C" }],
  hertz: siSteps(["Hz", "kHz", "MHz", "GHz"]),
  watts: [{ size: 1e-3, unit: "mW" }, ...siSteps(["W", "kW", "MW"])],
  count: siSteps(["", "k", "M", "G", "T"]),
  "count/s": siSteps(["/s", "k/s", "M/s", "G/s", "T/s"]),
};

/** From this many of a unit on, the next larger one is used; counts stay plain up to 9,999, and 90 s is not 1.5 min. */
const growAt: Partial<Record<PanelUnit, number>> = { count: 10, "count/s": 10, seconds: 1 };

/** A value (ratios 0–1, seconds, bytes) as number and unit. `null`, `NaN` and infinities become an en dash. */
export function formatQuantity(value: number | null | undefined, unit: PanelUnit): Quantity {
  if (value === null || value === undefined || !Number.isFinite(value)) return { text: "–", unit: "" };
  const step = pickStep(Math.abs(value), unit);
  return { text: formatNumber(value / step.size), unit: step.unit };
}

/** The same as one string: `12.3 %`, `1.20 GiB/s`, `42`. */
export function quantityText(value: number | null | undefined, unit: PanelUnit): string {
  return joinQuantity(formatQuantity(value, unit));
}

/** Number and unit as one text. */
export function joinQuantity({ text, unit }: Quantity): string {
  return join(text, unit);
}

/**
 * Labels of an axis: all of them with one prefix, chosen for the largest, and as few decimals as tell them apart. Below the
 * zero line of a mirrored chart stand positive values.
 */
export function axisLabels(splits: readonly number[], unit: PanelUnit, mirrored = false): string[] {
  const largest = Math.max(...splits.map(Math.abs), 0);
  const step = pickStep(largest, unit);
  const scaled = splits.map((split) => split / step.size);
  const gap = scaled.length > 1 ? Math.abs((scaled[1] ?? 0) - (scaled[0] ?? 0)) : 1;
  const decimals = gap === 0 ? 0 : Math.min(4, Math.max(0, -Math.floor(Math.log10(gap) + 1e-9)));
  return scaled.map((number) => {
    if (number === 0) return "0";
    const text = plain(Math.abs(number), trimmedDecimals(gap, decimals));
    return join(number < 0 && !mirrored ? `-${text}` : text, step.unit);
  });
}

/** Axis steps that fall on round numbers of the unit: powers of two for bytes; `null` where decimal steps are right. */
export function axisIncrements(unit: PanelUnit): number[] | null {
  if (unit !== "bytes" && unit !== "bytes/s") return null;
  return iecSteps.flatMap((step) => [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((factor) => factor * step.size));
}

/** At most four significant digits, without an exponent: `0.0012`, `1.25`, `12.5`, `125`, `9,876`. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.0001) return value > 0 ? "<0.0001" : ">-0.0001";
  const sign = value < 0 ? "-" : "";
  if (size < 0.00995) return sign + size.toFixed(Math.min(5, 1 - Math.floor(Math.log10(size))));
  if (Number.isInteger(size)) return sign + plain(size, 0);
  return sign + plain(size, size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/** The panel unit that shows a declaration's or a view's UCUM unit, and the factor to its base. */
export function fromUcum(unit: string): { readonly unit: PanelUnit; readonly factor: number } {
  return ucum[unit] ?? (unit.endsWith("/s") ? { unit: "count/s", factor: 1 } : { unit: "count", factor: 1 });
}

const ucum: Readonly<Record<string, { readonly unit: PanelUnit; readonly factor: number }>> = {
  "%": { unit: "ratio", factor: 0.01 },
  "1": { unit: "count", factor: 1 },
  By: { unit: "bytes", factor: 1 },
  "By/s": { unit: "bytes/s", factor: 1 },
  "bit/s": { unit: "bits/s", factor: 1 },
  s: { unit: "seconds", factor: 1 },
  ms: { unit: "seconds", factor: 1e-3 },
  us: { unit: "seconds", factor: 1e-6 },
  d: { unit: "seconds", factor: 86_400 },
  Cel: { unit: "celsius", factor: 1 },
  Hz: { unit: "hertz", factor: 1 },
  MHz: { unit: "hertz", factor: 1e6 },
  W: { unit: "watts", factor: 1 },
};

function pickStep(size: number, unit: PanelUnit): Step {
  const ladder = steps[unit];
  const grow = growAt[unit] ?? 1;
  let chosen = ladder.find((step) => step.size >= 1) ?? lastOf(ladder);
  if (size === 0) return chosen;
  chosen = ladder[0] ?? chosen;
  for (const step of ladder) {
    // 0.9995 of the next unit would be rounded up to 1,000 of this one.
    const from =
      step.size > 1 ? step.size * grow * (step.unit === "min" || step.unit === "h" || step.unit === "d" ? 2 : 1) : step.size;
    if (size >= from * 0.9995) chosen = step;
  }
  return chosen;
}

function siSteps(units: readonly string[]): Step[] {
  return units.map((unit, power) => ({ size: 1000 ** power, unit }));
}

function plain(size: number, decimals: number): string {
  const fixed = size.toFixed(decimals);
  const [whole = "", fraction] = fixed.split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** A gap of 0.25 needs one decimal more than its order of magnitude says. */
function trimmedDecimals(gap: number, decimals: number): number {
  const atDecimals = gap * 10 ** decimals;
  return Math.abs(atDecimals - Math.round(atDecimals)) > 1e-6 && decimals < 4 ? decimals + 1 : decimals;
}

function join(text: string, unit: string): string {
  if (unit === "" || unit === "k" || unit === "M" || unit === "G" || unit === "T") return text + unit;
  return `${text}\u00a0${unit}`;
}

function lastOf<T>(items: readonly T[]): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error("A unit without steps.");
  return item;
}
