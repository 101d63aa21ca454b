/**
 * Health logs of the machine's drives, every four minutes: they change slowly, and reading one takes a program and up to a second; but
 * a query looks back five minutes for a value.
 * Temperatures that a driver publishes (NVMe, drivetemp) are in the sensors' metrics at a faster pace.
 */
import type { Absence } from "../../../core/absence.ts";
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { type RunSmartctl, runSmartctl } from "../../../io/smartctl.ts";
import { isShownDevice } from "../disk/device-name.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { smartMetrics } from "./metrics.ts";
import type { DriveHealth } from "./smartctl-json.ts";

const metrics = Object.values(smartMetrics);
const maxDrives = 32;

/** Source of the absence that all drives share. */
const noProgram = "smartctl";

/** What a drive's log says; each has a metric of the same key. */
const healthKeys = [
  "passed",
  "endurance",
  "spare",
  "temperature",
  "mediaErrors",
  "reallocated",
  "powerOnTime",
  "unsafeShutdowns",
  "written",
] as const satisfies readonly (keyof DriveHealth & keyof typeof smartMetrics)[];

/** Devices without a drive of their own behind them: memory, mappings, arrays, network, optical. */
const noDrive = /^(?:zram|dm-|md|nbd|rbd|drbd|sr|bcache)\d+/;

export const smartCollector = smartWith(runSmartctl);

/** `run` is injected by tests: it starts a program. */
export function smartWith(run: RunSmartctl): CollectorDeclaration {
  return {
    id: "host.smart",
    title: "Health of drives",
    metrics,
    intervalMs: 240_000,
    platforms: ["linux"],
    open: (context) => openSmart(context, run),
  };
}

function openSmart(context: CollectContext, run: RunSmartctl): Collector {
  const root = `${context.config.host.sys_root}/block`;
  const rows = new HandleTable((device: string) => openDrive(context, device));
  const told = new Set<string>();
  const tell = (source: string, absence: Absence): void => {
    told.add(source);
    context.absent(source, metrics, absence);
  };
  const ask = async (drive: string): Promise<void> => {
    const output = await run(`/dev/${drive.replaceAll("!", "/")}`);
    if (typeof output !== "string") return tell(output.reason === "not_present" ? noProgram : drive, output);
    // Most machines have no such drive, or no such program, and what checks its answer takes 3 MB of the thread's heap.
    const { parseSmartctl } = await import("./smartctl-json.ts");
    const health = parseSmartctl(output);
    if (health !== null) rows.row(drive).set(health);
    else tell(drive, { reason: "unsupported", detail: `${drive} has no health log (virtual disks have none)` });
  };
  return {
    collect: async () => {
      const before = new Set(told);
      told.clear();
      const names = listDirectory(root);
      if ("errno" in names) return tell(root, names);
      const drives = names.filter((name) => isShownDevice(name) && !noDrive.test(name)).slice(0, maxDrives);
      for (const drive of drives) {
        // One after the other: a controller serialises the requests anyway. Without the program, each would say the same.
        if (!told.has(noProgram)) await ask(drive);
      }
      rows.sweep();
      for (const source of before) if (!told.has(source)) context.present(source);
    },
  };
}

function openDrive(context: CollectContext, device: string) {
  const labels = { "system.device": cleanText(device) };
  const handles = healthKeys.map((key) => context.series(smartMetrics[key], labels));
  return {
    handles,
    set: (health: DriveHealth) => {
      for (const [index, key] of healthKeys.entries()) setIfNumber(handles[index], health[key]);
    },
  };
}
