/** `/sys/class/nvme/<controller>`: state, model, firmware. Source: kernel `drivers/nvme/host/sysfs.c`, `nvme_sysfs_show_state`. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { HandleTable } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { wordIn } from "../small-file.ts";
import { nvmeMetrics as metrics } from "./metrics.ts";

const maxControllers = 64;

export const nvmeCollector: CollectorDeclaration = {
  id: "host.nvme",
  title: "NVMe controllers",
  metrics: Object.values(metrics),
  intervalMs: 10_000,
  platforms: ["linux"],
  open: openNvme,
};

function openNvme(context: CollectContext): Collector {
  const root = `${context.config.host.sys_root}/class/nvme`;
  const states = new HandleTable((name: string) => ({
    handles: [context.series(metrics.live, { "nvme.controller": cleanText(name) })],
  }));
  // Keyed by all that its labels say: another state or firmware is another series.
  const infos = new HandleTable((key: string) => ({ handles: [openInfo(context, key.split("\0"))] }));
  return {
    collect: () => {
      const names = listDirectory(root);
      if ("errno" in names) context.absent(root, Object.values(metrics), names);
      else context.present(root);
      for (const name of "errno" in names ? [] : names.slice(0, maxControllers)) {
        const words = ["model", "serial", "firmware_rev", "state"].map((file) => wordIn(`${root}/${name}/${file}`));
        infos.row([cleanText(name), ...words].join("\0")).handles[0]?.set(1);
        const state = words.at(-1) ?? "";
        // Kernels before 4.9 have no such file.
        if (state !== "") states.row(name).handles[0]?.set(state === "live" ? 1 : 0);
      }
      states.sweep();
      infos.sweep();
    },
  };
}

function openInfo(context: CollectContext, words: readonly string[]): SeriesHandle {
  const [controller = "", model = "", serial = "", firmware = "", state = ""] = words;
  return context.series(metrics.info, {
    "nvme.controller": controller,
    "device.model": model,
    "device.serial": serial,
    "device.firmware": firmware,
    "nvme.state": state,
  });
}
