/** Health of the clock. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { select } from "../../../core/promql-text.ts";
import { clockMetrics } from "../clock/metrics.ts";

const minuteMs = 60_000;

export const systemChecks: readonly CheckDeclaration[] = [
  {
    id: "host.clock_synchronised",
    title: "Clock synchronisation",
    help: "Without NTP or PTP a clock drifts by seconds a day; attestations are late or early, and peers disconnect.",
    expr: select(clockMetrics.clockSynchronised),
    direction: "below",
    warning: 0.5,
    forMs: 5 * minuteMs,
    unit: "count",
    message: "Nothing synchronises this machine's clock since {{$since}}.",
    ok: "The clock is kept synchronised.",
    action: "Start chrony, ntpd or systemd-timesyncd. In a virtual machine whose host keeps the clock this can be left so.",
    metrics: [clockMetrics.clockSynchronised.name],
  },
  {
    id: "host.clock_offset",
    title: "Clock offset",
    help: "Ethereum clients tolerate messages 500 ms early (MAXIMUM_GOSSIP_CLOCK_DISPARITY in the consensus specification); a tenth of it is a warning.",
    // Nobody measures the offset of a clock that nothing synchronises: the kernel says 0.
    expr: `abs(${select(clockMetrics.clockOffset)}) and on () ${select(clockMetrics.clockSynchronised)} == 1`,
    direction: "above",
    warning: 0.05,
    critical: 0.5,
    forMs: minuteMs,
    unit: "seconds",
    message: "The clock is {{$value}} off since {{$since}}.",
    ok: "The clock is {{$value}} off.",
    action: "See the time servers' reachability and distance in `chronyc sources`.",
    metrics: [clockMetrics.clockOffset.name],
  },
];
