/** The question to the server that a search of traces is, and what of it the page answers by itself at once. */
import type { Operation, TraceSummary } from "./telemetry.ts";

/** `key=value`, as the server takes attributes. */
export function attributeChip(text: string): string | null {
  const at = text.indexOf("=");
  return at > 0 && at < text.length - 1 && !/\s/.test(text.slice(0, at)) ? text : null;
}

/** Traces whose services, names or id hold the text, whatever the case. */
export function tracesWith(traces: readonly TraceSummary[], text: string): readonly TraceSummary[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return traces;
  return traces.filter(({ traceId, root, first, services }) =>
    [traceId, root?.name ?? "", root?.service ?? "", first.name, first.service, ...services.map(({ service }) => service)].some(
      (one) => one.toLowerCase().includes(wanted),
    ),
  );
}

/** What of a typed text the server can look for: the one service or the one name that it is, or is a part of; else nothing. */
export function serverWish(
  operations: readonly Operation[],
  text: string,
): { readonly service?: string; readonly name?: string } {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return {};
  const name = onlyOne(
    operations.map((one) => one.name),
    wanted,
  );
  if (name !== null) return { name };
  const service = onlyOne(
    operations.map((one) => one.service),
    wanted,
  );
  return service === null ? {} : { service };
}

/** The one that is the text, else the only one that holds it. */
function onlyOne(all: readonly string[], wanted: string): string | null {
  const distinct = [...new Set(all)];
  const same = distinct.find((one) => one.toLowerCase() === wanted);
  if (same !== undefined) return same;
  const [held, ...others] = distinct.filter((one) => one.toLowerCase().includes(wanted));
  return held === undefined || others.length > 0 ? null : held;
}

/** A typed time: `250`, `250ms`, `1.5s`, `2min`, `100us` → ms; `null` where it is none. Without a unit, ms. */
export function parseDurationMs(text: string): number | null {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|min|m|h)?\s*$/.exec(text);
  if (parts === null) return null;
  return Number(parts[1]) * (unitMs[parts[2] ?? "ms"] ?? 1);
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
};
