/** The alert rules that domains declare: each fires on what it is for, after its wait, and all are quiet on an ordinary hour. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtInGroups } from "../src/analyse/rules/built-in-rules.ts";
import type { RuleDefinition } from "../src/analyse/rules/rule-definition.ts";
import { queriesOver } from "../src/analyse/rules/query-storage.ts";
import { createRuleLab, minute, second } from "../src/analyse/rules/rule-lab.test-support.ts";
import { labelsKey, type Labels, metricNameLabel } from "../src/core/labels.ts";
import { domains } from "../src/domains/index.ts";
import { type AliasRule, aliasRulesOf } from "../src/query/aliases/alias-rules.ts";
import { parseMetricSelector } from "../src/query/parser/parser.ts";
import { allMatchers } from "../src/query/parser/selector.ts";
import { createQueryService } from "../src/query/service.ts";
import { recordedHour } from "../src/store/codec/recording.test-support.ts";
import { temporaryStore } from "../src/store/temporary-store.test-support.ts";
import { chainAlertCases, healthyChain } from "./support/chain-alert-cases.ts";
import { chainSeries, hour, inGroup } from "./support/chain-series.ts";
import { sharedFolder } from "./support/shared-files.ts";

const intervalMs = 15 * second;
/** Of rules that wait so long; those that wait less may not miss what comes and goes within a minute. */
const slowIntervalMs = minute;
const longHoldMs = 10 * minute;
/** Of the recorded hour; each tick is a transaction. */
const secondsPerTick = 5;
const groups = builtInGroups(
  domains.map(({ id, alerts }) => ({ domain: id, rules: alerts })),
  { node: "n", everyNode: false, intervalMs, samplingIntervalMs: secondsPerTick * second },
);
const rules = groups.flatMap((group) => group.rules.map((rule) => ({ group, rule })));

interface Case {
  /** Series with a sample each 15 s, for four hours. */
  readonly lines: readonly string[];
  readonly summary: string;
}

const mount = 'node="n",system_device="/dev/vda",system_filesystem_mountpoint="/",system_filesystem_type="ext4"';
const writable = `chainpulse_host_filesystem_readonly{${mount}} 0x960`;

const cases: Readonly<Record<string, Case>> = {
  HostFilesystemFull: {
    lines: [
      `system_filesystem_usage_bytes{${mount},system_filesystem_state="used"} 97x960`,
      `system_filesystem_usage_bytes{${mount},system_filesystem_state="free"} 3x960`,
      writable,
    ],
    summary: "/ is 97% full.",
  },
  HostFilesystemFilling: {
    lines: [
      `system_filesystem_usage_bytes{${mount},system_filesystem_state="used"} 7000+1x960`,
      `system_filesystem_usage_bytes{${mount},system_filesystem_state="free"} 3000-1x960`,
      writable,
    ],
    summary: "/ will be full within a day, if it goes on filling as in the last six hours.",
  },
  HostInodesLow: {
    lines: [
      `chainpulse_host_filesystem_inode_free{${mount}} 2x960`,
      `chainpulse_host_filesystem_inode_limit{${mount}} 100x960`,
      writable,
    ],
    summary: "/ has used 98% of its inodes.",
  },
  HostFilesystemError: { lines: [`chainpulse_host_filesystem_device_error{${mount}} 1x960`], summary: "/ does not answer." },
  HostMemoryLow: {
    lines: ['system_linux_memory_available_bytes{node="n"} 4x960', 'system_memory_limit_bytes{node="n"} 100x960'],
    summary: "96% of the memory is in use and cannot be freed.",
  },
  HostOutOfMemory: {
    lines: ['chainpulse_host_memory_oom_kills_total{node="n"} 0x40 2x900'],
    summary: "The kernel killed 2 processes in ten minutes, because memory ran out.",
  },
  HostMemoryErrors: {
    lines: ['chainpulse_host_memory_ecc_errors_total{node="n",kind="uncorrected",controller="mc0"} 0x240 1x700'],
    summary: "A memory controller could not correct 1 errors within an hour.",
  },
  HostMemoryPressure: {
    lines: ['chainpulse_host_pressure_seconds_total{node="n",resource="memory",stall="full"} 0+6x960'],
    summary: "All work waits for memory 40% of the time.",
  },
  HostCpuBusy: {
    lines: [
      'system_cpu_time_seconds_total{node="n",cpu_logical_number="0",cpu_mode="user"} 0+14.7x960',
      'system_cpu_time_seconds_total{node="n",cpu_logical_number="0",cpu_mode="idle"} 0+0.3x960',
    ],
    summary: "The processors are 98% busy.",
  },
  HostCpuThrottled: {
    lines: ['chainpulse_host_cpu_package_throttle_time_seconds_total{node="n",package="0"} 0+6x960'],
    summary: "Heat slows the processor down 40% of the time.",
  },
  HostDiskSaturated: {
    lines: [
      'chainpulse_host_disk_weighted_io_time_seconds_total{node="n",system_device="vda"} 0+300x960',
      'system_disk_io_time_seconds_total{node="n",system_device="vda"} 0+15x960',
    ],
    summary: "vda has been busy all the time, with 20 requests in flight.",
  },
  HostDiskFlushSlow: {
    lines: [
      'chainpulse_host_disk_flush_time_seconds_total{node="n",system_device="vda"} 0+0.5x960',
      'chainpulse_host_disk_flush_operations_total{node="n",system_device="vda"} 0+2x960',
    ],
    summary: "A flush of vda takes 250ms on average.",
  },
  HostDriveFailing: {
    lines: ['chainpulse_host_disk_smart_passed{node="n",system_device="nvme0n1"} 0x960'],
    summary: "The drive nvme0n1 assesses itself as failing.",
  },
  HostClockOff: {
    lines: ['chainpulse_host_clock_offset_seconds{node="n"} -0.25x960', 'chainpulse_host_clock_synchronised{node="n"} 1x960'],
    summary: "The clock is 250ms off.",
  },
  HostNetworkErrors: {
    lines: [
      'system_network_errors_total{node="n",network_interface_name="eth0",network_io_direction="receive"} 0+3x960',
      'system_network_packet_count_total{node="n",network_interface_name="eth0",network_io_direction="receive"} 0+150x960',
    ],
    summary: "2% of the packets of eth0 are broken.",
  },
  HostTcpRetransmits: {
    lines: [
      'chainpulse_host_network_protocol_events_total{node="n",network_protocol="Tcp",network_event="RetransSegs"} 0+15x960',
      'chainpulse_host_network_protocol_events_total{node="n",network_protocol="Tcp",network_event="OutSegs"} 0+150x960',
    ],
    summary: "10% of the TCP segments are sent again.",
  },
  HostFilesOpenMany: {
    lines: [
      'chainpulse_host_file_descriptor_count{node="n"} 95x960',
      'chainpulse_host_file_descriptor_limit{node="n"} 100x960',
    ],
    summary: "95% of the open files that the kernel allows are in use.",
  },
  ChainPulseCollectorFails: {
    lines: ['chainpulse_collector_success{node="n",collector="host.stat"} 0x960'],
    summary: "The collector host.stat fails.",
  },
  ChainPulseTicksMissed: {
    lines: ['chainpulse_ticks_missed_total{node="n"} 0+3x960', 'chainpulse_ticks_total{node="n"} 0+12x960'],
    summary: "63 ticks were missed in ten minutes.",
  },
  ChainPulseNotStoring: {
    lines: ['chainpulse_store_newest_timestamp_seconds{node="n"} 0+15x4'],
    summary: "Nothing was stored for 6m 15s.",
  },
  ChainPulseStoreDamaged: {
    lines: ['chainpulse_store_quarantined{node="n"} 2x960'],
    summary: "2 damaged files were set aside in the data directory.",
  },
  ChainPulseDiskErrors: {
    lines: ['chainpulse_store_sync_failures_total{node="n"} 0x240 1x700'],
    summary: "The disk has failed 1 times within an hour to take samples.",
  },
  ChainPulseRulesFail: {
    lines: ['chainpulse_rule_failures_total{node="n",rule_file="/r.yml",rule_group="g"} 0+1x960'],
    summary: "Rules of the group g (/r.yml) fail.",
  },
  ChainPulseRulesLate: {
    lines: ['chainpulse_rule_missed_total{node="n",rule_file="/r.yml",rule_group="g"} 0+1x960'],
    summary: "40 evaluations of the group g (/r.yml) were missed in ten minutes.",
  },
  ChainPulseMemoryHigh: {
    lines: ['chainpulse_memory_resident_bytes{node="n",kind="anonymous"} 2147483648x960'],
    summary: "ChainPulse holds 2GiB of private memory.",
  },
  ChainPulseAgentDown: {
    lines: ['chainpulse_agent_up{node="n",agent="a"} 0x960'],
    summary: "The agent of a is silent.",
  },
  ChainPulseAgentClockOff: {
    lines: [
      'chainpulse_agent_clock_offset_seconds{node="n",agent="a"} -90x960',
      'chainpulse_agent_clock_error_seconds{node="n",agent="a"} 30x960',
    ],
    summary: "The clock of a is at least 1m 0s off the hub's.",
  },
  ChainPulseAgentBufferFilling: {
    lines: [
      'chainpulse_agent_buffer_size_bytes{node="n",agent="a"} 75x960',
      'chainpulse_agent_buffer_limit_bytes{node="n",agent="a"} 100x960',
    ],
    summary: "The buffer of a is filled to 75%: the hub does not take its samples.",
  },
  ChainPulseAgentDrops: {
    lines: ['chainpulse_agent_samples_dropped_total{node="n",agent="a"} 0x240 10x700'],
    summary: "10 samples of a are lost: its buffer was full.",
  },
  ChainPulseAgentRefused: {
    lines: ['chainpulse_agent_samples_refused_total{node="n",agent="a"} 0x240 10x700'],
    summary: "The hub refuses samples of a: 10 in ten minutes.",
  },
  TraceStageSlower: {
    lines: [
      'chainpulse_tracing_stage_latency_seconds{node="n",chain_id="1",trace_kind="block",trace_stage="import",quantile="0.95"} 0.1x280 0.9x680',
    ],
    summary: "The stage import of a block on 1 has become slower.",
  },
  TraceNotPropagated: {
    lines: [
      'chainpulse_tracing_labels_total{node="n",chain_id="1",trace_label="not_propagated"} 0+3x960',
      'chainpulse_tracing_flows_total{node="n",chain_id="1",trace_kind="transaction",trace_status="included"} 0+10x960',
    ],
    summary: "30% of the transactions on 1 do not reach all nodes within a minute.",
  },
  ...chainAlertCases,
};

describe("each built-in alert", () => {
  it("has a case here", () => {
    assert.deepEqual(rules.map(({ rule }) => rule.name).sort(), Object.keys(cases).sort());
  });

  for (const { group, rule } of rules) {
    it(`${rule.name} fires on what it is for, after its wait`, async () => {
      // What somebody trusts to be told of would never be told, or say something else, if this fails.
      const { lines, summary } = cases[rule.name] ?? assert.fail("no case");
      const stepMs = stepOf(rule);
      const lab = createRuleLab([{ ...group, intervalMs: stepMs, rules: [rule] }], { intervalMs: stepMs });
      lab.load(intervalMs, lines);
      let nowMs = 0;
      while (lab.manager.alerts().length === 0 && nowMs < 2 * 60 * minute) await lab.runTo((nowMs += stepMs));
      const [alert] = lab.manager.alerts();
      assert.ok(alert !== undefined && rule.kind === "alerting", "its condition never holds");
      assert.equal(alert.state, rule.holdMs === 0 ? "firing" : "pending");
      await lab.runTo(alert.activeAtMs + rule.holdMs);
      const [fired] = lab.manager.alerts();
      assert.deepEqual([fired?.state, fired?.labels["alertname"]], ["firing", rule.name]);
      assert.equal(fired?.annotations["summary"], summary);
      assert.notEqual(fired?.annotations["action"], "");
    });
  }
});

describe("the built-in alerts of a hub", () => {
  it("look at every node, and name the one that they are about", async () => {
    // A hub would stay silent about its agents' nodes, or blame itself, if this fails.
    const every = { node: "hub", everyNode: true, intervalMs: 5 * minute, samplingIntervalMs: secondsPerTick * second };
    const groupsOfHub = builtInGroups(
      domains.map(({ id, alerts }) => ({ domain: id, rules: alerts })),
      every,
    );
    const lab = createRuleLab(groupsOfHub, { intervalMs: every.intervalMs });
    const { lines: full } = cases["HostFilesystemFull"] ?? assert.fail("no case");
    lab.load(intervalMs, [
      ...full,
      ...full.map((line) => line.replace('node="n"', 'node="m"')),
      ...(cases["ChainPulseAgentDown"]?.lines ?? []),
    ]);
    await lab.runTo(60 * minute);
    const firing = lab.manager.alerts().filter(({ state }) => state === "firing");
    assert.deepEqual(firing.map(({ labels }) => `${labels["alertname"]} ${labels["node"]}`).sort(), [
      "ChainPulseAgentDown a",
      "HostFilesystemFull m",
      "HostFilesystemFull n",
    ]);
  });
});

describe("alerts about chains", () => {
  const chainGroups = groups.filter(({ name }) => name === "chain");

  it("are quiet on a healthy validator, and on a client that syncs for the first time", async () => {
    // An alert that comes on an ordinary day is switched off, with all the others, if this fails.
    const lab = createRuleLab(chainGroups, { intervalMs: 5 * minute });
    lab.load(intervalMs, healthyChain);
    await lab.runTo(60 * minute);
    assert.deepEqual([lab.told, lab.manager.alerts(), lab.warnings], [[], [], []]);
  });

  const own = chainSeries(
    `attestation_misses_in_row{lodestar${inGroup}} 2${hour}`,
    `duties_total{lodestar${inGroup},duty="attestation",duty_outcome="missed"} 0+1${hour}`,
  );
  it("about validators rest while the whole network misses its duties, and say that it does", async () => {
    // Every operator of a network would be called at night for what none of them can change, if this fails.
    const lab = createRuleLab(chainGroups, { intervalMs: 5 * minute });
    lab.load(intervalMs, [...own, ...chainSeries(`participation_ratio{lodestar,attestation_vote="any"} 0.5${hour}`)]);
    await lab.runTo(30 * minute);
    assert.deepEqual(
      lab.manager.alerts().map(({ labels }) => [labels["alertname"], labels["chain_client"], labels["severity"]]),
      [["ChainNetworkParticipationLow", "lodestar", "warning"]],
    );
  });
});

describe("all built-in alerts", () => {
  const recording = sharedFolder("recordings/host-1h.json.gz");
  it("are quiet on the recorded hour of an ordinary machine", { skip: recording.skip }, async () => {
    // An alert that comes on an ordinary day is switched off, with all the others, if this fails.
    using store = temporaryStore();
    const { timestampsMs, series } = recordedHour(recording.path);
    // What node_exporter says of its own collectors is not about ours.
    const aliases = aliasRulesOf(domains.filter(({ id }) => id !== "self").flatMap(({ metrics }) => Object.values(metrics)));
    const translated = series.flatMap(({ name, values }) => ourSeries(name, aliases).map((one) => ({ ...one, values })));
    // Two of theirs can be one of ours: processor time is in two of their metrics.
    const ours = [...new Map(translated.map((one) => [labelsKey(one.labels), one])).values()];
    const writer = store.writer();
    const refs = Uint32Array.from(ours, ({ labels }) => writer.resolve(labels));
    for (let tick = 0; tick < timestampsMs.length; tick += secondsPerTick) {
      const values = Float64Array.from(ours, (one) => (one.values[tick] ?? Number.NaN) / one.scale);
      writer.commit(timestampsMs[tick] ?? 0, refs, values, refs.length);
    }
    const reader = store.reader();
    const names = new Set(ours.map(({ labels }) => labels[metricNameLabel] ?? ""));
    // What reads nothing of the recording is quiet without being asked 240 times.
    const asked = groups.flatMap((group) =>
      [intervalMs, slowIntervalMs].map((stepMs) => ({
        ...group,
        name: `${group.name} ${stepMs}`,
        intervalMs: stepMs,
        rules: group.rules.filter((rule) => stepOf(rule) === stepMs && metricsOf(rule.expr).some(isIn(names))),
      })),
    );
    const lab = createRuleLab(asked, {
      intervalMs,
      storage: {
        ...queriesOver(reader, createQueryService(reader)),
        begin: () => undefined,
        append: () => undefined,
        flush: () => Promise.resolve(),
      },
    });
    const fired = new Set<string>();
    const firstMs = timestampsMs[0] ?? 0;
    for (let at = firstMs; at <= (timestampsMs.at(-1) ?? 0); at += intervalMs) {
      for (const group of lab.manager.running) if ((at - firstMs) % group.intervalMs === 0) await group.evaluate(at);
      for (const { labels, state } of lab.manager.alerts()) if (state === "firing") fired.add(JSON.stringify(labels));
    }
    assert.deepEqual([[...fired], lab.warnings], [[], []]);
    const judged = rules.filter(({ rule }) => metricsOf(rule.expr).every(isIn(names)));
    assert.ok(judged.length >= 10, `the recording has what ${judged.length} rules read`);
  });
});

function stepOf(rule: RuleDefinition): number {
  return rule.kind === "alerting" && rule.holdMs >= longHoldMs ? slowIntervalMs : intervalMs;
}

function metricsOf(expr: string): readonly string[] {
  return [...expr.matchAll(/([a-z0-9_]+)\{/g)].map(([, metric = ""]) => metric);
}

function isIn(names: ReadonlySet<string>): (name: string) => boolean {
  return (name) => names.has(name);
}

/** A series of node_exporter's as it would be here, by the aliases of our metrics; `scale`: theirs is ours times this. */
function ourSeries(
  name: string,
  aliases: readonly AliasRule[],
): readonly { readonly labels: Labels; readonly scale: number }[] {
  const theirs = Object.fromEntries(allMatchers(parseMetricSelector(name)).map((matcher) => [matcher.name, matcher.value]));
  return aliases.flatMap((rule) => {
    const pattern = new RegExp(`^${rule.nameParts.map((part) => part.replaceAll(/\W/g, "\\$&")).join("(.+)")}$`);
    const named = pattern.exec(theirs[metricNameLabel] ?? "");
    if (named === null) return [];
    const labels: Record<string, string> = { [metricNameLabel]: rule.metric, node: "n", ...rule.where };
    for (const [index, label] of rule.nameLabels.entries()) labels[label] = named[index + 1] ?? "";
    for (const [label, ourName] of Object.entries(rule.labels)) {
      const value = theirs[label] ?? "";
      const spelled = Object.entries(rule.values[label] ?? {}).find(([, their]) => their === value)?.[0];
      if (value !== "") labels[ourName] = spelled ?? value;
    }
    return [{ labels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))), scale: rule.scale }];
  });
}
