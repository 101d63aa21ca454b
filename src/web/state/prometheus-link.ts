/**
 * Links to Prometheus's expression browser, `/graph?g0.expr=…`, as addresses of the explore page. Alerts carry such links, and so do
 * templates of rule files. Source of the parameters: prometheus/util/strutil/strconv.go, `GraphLinkForExpression`, and its web UI.
 */
import { between, rangeParams, type TimeRange } from "./range.ts";

/** As many expressions as the explore page shows. */
const panelsMax = 6;

/** The explore page's parameters for those of such a link. */
export function exploreParams(link: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams();
  const range = rangeOf(link.get("g0.range_input") ?? "", link.get("g0.end_input") ?? "");
  if (range !== null) {
    const { from, to } = rangeParams(range);
    params.set("from", from);
    if (to !== null) params.set("to", to);
  }
  for (let panel = 0; panel < panelsMax; panel++) {
    const expr = link.get(`g${panel}.expr`);
    if (expr !== null) params.append("expr", expr);
  }
  const tab = link.get("g0.tab");
  if (tab === "1" || tab === "table") params.set("view", "table");
  return params;
}

/** `1h30m` before `2026-11-26 02:30:00` (UTC), or before now; `null` where the link names no span. */
function rangeOf(span: string, end: string): TimeRange | null {
  const spanMs = spanOf(span);
  if (spanMs === null) return null;
  const endMs = Date.parse(`${end.trim().replace(" ", "T")}Z`);
  return Number.isNaN(endMs) ? { kind: "last", spanMs } : between(endMs - spanMs, endMs);
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function spanOf(text: string): number | null {
  if (!/^(?:\d{1,6}[smhdwy])+$/.test(text)) return null;
  return [...text.matchAll(/(\d+)([smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
}
