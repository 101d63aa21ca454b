/** `/sys/class/block/<device>`: size, kind, model, serial number. Source: Documentation/ABI/stable/sysfs-block; drivers' own files. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { numberIn, wordIn } from "../small-file.ts";
import { isShownDevice } from "./device-name.ts";
import { diskInfoMetrics as metrics } from "./metrics.ts";

const maxDevices = 128;
/** `size` is in sectors of 512 bytes, whatever the device's own are. */
const sectorBytes = 512;

export const diskInfoCollector: CollectorDeclaration = {
  id: "host.disk_info",
  title: "Block devices: size, model",
  metrics: Object.values(metrics),
  intervalMs: 60_000,
  platforms: ["linux"],
  open: openDiskInfo,
};

function openDiskInfo(context: CollectContext): Collector {
  const root = `${context.config.host.sys_root}/block`;
  const rows = new HandleTable((name: string) => {
    const labels = { "system.device": cleanText(name.replaceAll("!", "/")) };
    return {
      handles: [
        context.series(metrics.size, labels),
        context.series(metrics.rotational, labels),
        context.series(metrics.info, { ...labels, ...readWords(`${root}/${name}`) }),
      ],
    };
  });
  return {
    collect: () => {
      const names = listDirectory(root);
      if ("errno" in names) return context.absent(root, Object.values(metrics), names);
      context.present(root);
      for (const name of names.filter(isShownDevice).slice(0, maxDevices)) {
        const [size, rotational, info] = rows.row(name).handles;
        setIfNumber(size, numberIn(`${root}/${name}/size`) * sectorBytes);
        setIfNumber(rotational, numberIn(`${root}/${name}/queue/rotational`));
        info?.set(1);
      }
      rows.sweep();
    },
  };
}

/** Each driver has its own place for the serial number (SCSI: VPD page; NVMe and virtio: a file) and the world-wide name. */
function readWords(directory: string) {
  const [major = "", minor = ""] = wordIn(`${directory}/dev`).split(":");
  return {
    "device.major": major,
    "device.minor": minor,
    "device.model": wordIn(`${directory}/device/model`),
    "device.serial": wordIn(`${directory}/serial`) || wordIn(`${directory}/device/serial`),
    "device.revision": wordIn(`${directory}/device/rev`) || wordIn(`${directory}/device/firmware_rev`),
    "device.wwn": wordIn(`${directory}/wwid`) || wordIn(`${directory}/device/wwid`),
  };
}
