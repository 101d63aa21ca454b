/** Alerts about ChainPulse itself: a monitor that fails must say so. */
import type { AlertRuleDeclaration } from "../../core/alert-rule.ts";
import { labelOf, select } from "../../core/promql-text.ts";
import { selfMetrics as m } from "./metrics.ts";

const minuteMs = 60_000;
const collector = `{{ $labels.${labelOf(m.collectorSuccess, "collector")} }}`;
const group = `{{ $labels.${labelOf(m.ruleFailures, "rule.group")} }}`;
const ruleFile = `{{ $labels.${labelOf(m.ruleFailures, "rule.file")} }}`;

export const selfAlerts: readonly AlertRuleDeclaration[] = [
  {
    name: "ChainPulseCollectorFails",
    help: "A collector that keeps failing leaves a gap in its charts, and blinds the alerts on what it reads.",
    expr: `${select(m.collectorSuccess)} == 0`,
    forMs: 5 * minuteMs,
    severity: "warning",
    summary: `The collector ${collector} fails.`,
    action: "Run `chainpulse doctor`; the log has the error.",
  },
  {
    name: "ChainPulseTicksMissed",
    help: "Missed ticks are gaps in every chart. One in ten is more than a busy moment.",
    expr: `increase(${select(m.ticksMissed)}[10m]) > 0.1 * (increase(${select(m.ticks)}[10m]) + increase(${select(m.ticksMissed)}[10m]))`,
    forMs: 5 * minuteMs,
    keepFiringForMs: 10 * minuteMs,
    severity: "warning",
    summary: "{{ $value | humanize }} ticks were missed in ten minutes.",
    action: "Look at CPU pressure on this machine; raise sampling_interval_ms if it stays.",
  },
  {
    name: "ChainPulseNotStoring",
    help: "Nothing is stored while the disk is full; what was stored stays readable. The limit is above two of the longest intervals.",
    // Further back than the usual five minutes: a disk that has been full for an hour must not make the alert fall silent.
    expr: `time() - last_over_time(${select(m.storeNewest)}[1d]) > 300`,
    // A machine that wakes up looks at its rules before it has stored anything anew.
    forMs: minuteMs,
    severity: "critical",
    summary: "Nothing was stored for {{ $value | humanizeDuration }}.",
    action: "Free space on the disk of the data directory; storing goes on by itself. Otherwise the log says what fails.",
  },
  {
    name: "ChainPulseStoreDamaged",
    help: "Damaged files are set aside, never deleted; what they held is missing from charts.",
    expr: `${select(m.storeQuarantined)} > 0`,
    forMs: minuteMs,
    severity: "warning",
    summary: "{{ $value }} damaged files were set aside in the data directory.",
    action: "Look for *.corrupt in the data directory, and check the disk.",
  },
  {
    name: "ChainPulseDiskErrors",
    help: "A disk that fails to write may lose samples that were acknowledged, when its power goes.",
    expr: `round(increase(${select(m.storeSyncFailures)}[1h])) > 0`,
    forMs: 0,
    severity: "critical",
    summary: "The disk has failed {{ $value }} times within an hour to take samples.",
    action: "Look at the kernel's log (`dmesg`) for errors of the disk, and replace it in time.",
  },
  {
    name: "ChainPulseRulesFail",
    help: "An alert whose rule fails never comes.",
    expr: `round(increase(${select(m.ruleFailures)}[5m])) > 0`,
    forMs: 5 * minuteMs,
    severity: "warning",
    summary: `Rules of the group ${group} (${ruleFile}) fail.`,
    action: "See which and why at /api/v1/rules; `chainpulse rules check` reads the file.",
  },
  {
    name: "ChainPulseRulesLate",
    help: "A group that takes longer than its interval alerts late.",
    expr: `round(increase(${select(m.ruleMissed)}[10m])) > 0`,
    forMs: 10 * minuteMs,
    severity: "warning",
    summary: `{{ $value }} evaluations of the group ${group} (${ruleFile}) were missed in ten minutes.`,
    action: "Give the group a longer interval, or record its dear expressions first.",
  },
  {
    name: "ChainPulseMemoryHigh",
    help: "Budget: 110 MB private memory with no page open; ten times of it is a leak.",
    expr: `${select(m.residentMemory, { kind: "anonymous" })} > 1073741824`,
    forMs: 10 * minuteMs,
    keepFiringForMs: 5 * minuteMs,
    severity: "warning",
    summary: "ChainPulse holds {{ $value | humanize1024 }}B of private memory.",
    action: "Restart ChainPulse and report what was running: its memory should not grow.",
  },
];
