/**
 * Frequency of each processor: from cpufreq where the kernel drives it, else what `/proc/cpuinfo` says (x86 only).
 * Source: Documentation/admin-guide/pm/cpufreq.rst, "Policy Interface in sysfs"; values in kHz.
 */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { TextCursor, parseList, parseNumber } from "../../../io/parse-text.ts";
import { type ProcFile, openProcFile, readOnce } from "../../../io/proc-file.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { cpuMetrics } from "./metrics.ts";

const policyMetrics = [cpuMetrics.cpuFrequencyLimit, cpuMetrics.cpuGovernor] as const;
const metrics = [cpuMetrics.cpuFrequency, ...policyMetrics] as const;

const limits = [
  ["hardware_min", "cpuinfo_min_freq"],
  ["hardware_max", "cpuinfo_max_freq"],
  ["policy_min", "scaling_min_freq"],
  ["policy_max", "scaling_max_freq"],
] as const;

const hertzPerKilohertz = 1e3;
const hertzPerMegahertz = 1e6;

/** Each reading asks the hardware of each processor; a chart needs no more than one in five seconds. */
export const frequencyCollector: CollectorDeclaration = {
  id: "host.cpu_frequency",
  title: "Processor frequency",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => {
    const { proc_root: procRoot, sys_root: sysRoot } = context.config.host;
    const base = `${sysRoot}/devices/system/cpu`;
    const present = readOnce(`${base}/present`);
    const cpus = typeof present === "string" ? parseList(present) : [];
    const policies = cpus.filter((cpu) => typeof readOnce(`${base}/cpu${cpu}/cpufreq/scaling_cur_freq`) === "string");
    if (policies.length > 0) return openPolicies(context, base, policies);
    const path = `${base}/cpu${cpus[0] ?? 0}/cpufreq/scaling_cur_freq`;
    const failure = readOnce(path);
    if (typeof failure !== "string") context.absent(path, policyMetrics, failure);
    return openCpuInfo(context, procRoot);
  },
};

/** A file of kHz and the series that it feeds. */
interface FrequencyFile {
  readonly file: ProcFile;
  readonly handle: SeriesHandle;
}

function openPolicies(context: CollectContext, base: string, cpus: readonly number[]): Collector {
  const frequencies: FrequencyFile[] = [];
  const governors: { readonly file: ProcFile; readonly cpu: string }[] = [];
  for (const number of cpus) {
    const directory = `${base}/cpu${number}/cpufreq`;
    const cpu = { "cpu.logical_number": String(number) };
    frequencies.push({
      file: openProcFile(`${directory}/scaling_cur_freq`),
      handle: context.series(cpuMetrics.cpuFrequency, cpu),
    });
    for (const [limit, name] of limits) {
      const handle = context.series(cpuMetrics.cpuFrequencyLimit, { ...cpu, limit });
      frequencies.push({ file: openProcFile(`${directory}/${name}`), handle });
    }
    governors.push({ file: openProcFile(`${directory}/scaling_governor`), cpu: String(number) });
  }
  const governorTable = new HandleTable<string>((key) => {
    const [cpu = "", governor = ""] = key.split(" ");
    return { handles: [context.series(cpuMetrics.cpuGovernor, { "cpu.logical_number": cpu, governor })] };
  });
  return {
    collect: () => {
      for (const { file, handle } of frequencies) {
        // A processor that is off has no frequency: its series ends, and goes on when it is back.
        const text = file.read();
        if (typeof text === "string") setIfNumber(handle, parseNumber(text) * hertzPerKilohertz);
      }
      for (const { file, cpu } of governors) {
        const text = file.read();
        if (typeof text === "string") governorTable.row(`${cpu} ${text.trim()}`).handles[0]?.set(1);
      }
      governorTable.sweep();
    },
    close: () => {
      for (const { file } of frequencies) file.close();
      for (const { file } of governors) file.close();
    },
  };
}

function openCpuInfo(context: CollectContext, procRoot: string): Collector {
  const path = `${procRoot}/cpuinfo`;
  const source = openSource(context, path, [cpuMetrics.cpuFrequency]);
  const cursor = new TextCursor();
  const table = new HandleTable<number>((cpu) => ({
    handles: [context.series(cpuMetrics.cpuFrequency, { "cpu.logical_number": String(cpu) })],
  }));
  return {
    collect: () => {
      const text = source.read();
      if (text === null) return;
      let cpu = Number.NaN;
      let found = false;
      for (cursor.reset(text); !cursor.done; cursor.nextLine()) {
        if (cursor.startsWith("processor")) cpu = numberAfterColon(cursor);
        if (!cursor.startsWith("cpu MHz")) continue;
        found = true;
        setIfNumber(table.row(cpu).handles[0], numberAfterColon(cursor) * hertzPerMegahertz);
      }
      table.sweep();
      if (found) context.present(`${path}#mhz`);
      else
        context.absent(`${path}#mhz`, [cpuMetrics.cpuFrequency], {
          reason: "unsupported",
          detail: `${path}: no line "cpu MHz"`,
        });
    },
    close: () => source.close(),
  };
}

function numberAfterColon(cursor: TextCursor): number {
  cursor.at = cursor.text.indexOf(":", cursor.at) + 1;
  return cursor.number();
}
