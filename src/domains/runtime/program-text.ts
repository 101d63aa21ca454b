/**
 * PromQL over what programs expose. Charts are about one program (`$job`, `$instance`), figures about all of them at once; both are made
 * from the same parts. Libraries name the same thing differently: the names are alternatives, of which a program has one.
 */
import type { PanelQuery, ProgramFigure } from "../../core/panel.ts";

const byProgram = "sum by (job, instance)";
/** Several scrapes of any usual interval: with one or two of them there is no rate. */
const window = "5m";

/** An expression over series of all programs; the selector of one program goes into its place. */
type Part = (selector: string) => string;

/** Series of this name, with matchers of their own such as `area="heap"`. */
export function gauge(name: string, matchers = ""): Part {
  return (selector) => `${byProgram} (${select(name, selector, matchers)})`;
}

/** Per-second increase of a counter. */
export function perSecond(name: string, matchers = ""): Part {
  return (selector) => `${byProgram} (rate(${select(name, selector, matchers)}[${window}]))`;
}

/** The greatest of the series of this name. */
export function greatest(name: string, matchers = ""): Part {
  return (selector) => `max by (job, instance) (${select(name, selector, matchers)})`;
}

/** A quantile of what a classic histogram has counted lately. */
export function quantile(share: number, name: string): Part {
  const buckets = (selector: string): string => select(`${name}_bucket`, selector, "");
  return (selector) => `histogram_quantile(${share}, sum by (job, instance, le) (rate(${buckets(selector)}[${window}])))`;
}

/** The first of the parts that a program has. */
export function firstOf(...parts: readonly Part[]): Part {
  return (selector) => parts.map((part) => part(selector)).join(" or ");
}

/** A line of a chart of one program. */
export function line(part: Part, legend: string): PanelQuery {
  return { expr: part('job="$job",instance="$instance"'), legend };
}

export function figure(name: string, unit: ProgramFigure["unit"], help: string, part: Part): ProgramFigure {
  return { name, unit, help, expr: part("") };
}

/** Whoever exposes one of these is a program of the kind. */
export function programsWith(...names: readonly string[]): string {
  return `group by (job, instance) (${names.join(" or ")})`;
}

function select(name: string, selector: string, matchers: string): string {
  const inner = [selector, matchers].filter((part) => part !== "").join(",");
  return inner === "" ? name : `${name}{${inner}}`;
}
