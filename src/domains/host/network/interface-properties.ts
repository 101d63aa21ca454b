/** `/sys/class/net/<interface>/`: state, link, speed, addresses. Source: Documentation/ABI/testing/sysfs-class-net. */
import type { CollectContext, Collector, CollectorDeclaration, SeriesHandle } from "../../../core/collector.ts";
import { listDirectory } from "../../../io/proc-file.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { numberIn, wordIn } from "../small-file.ts";
import { interfaceProperties, networkInterfaceMetrics as metrics } from "./metrics.ts";

const maxInterfaces = 128;

/** Megabit per second in bytes per second. */
const bytesPerMegabit = 125_000;

/** Property, by node_exporter's name → its file. */
const propertyFiles: Readonly<Record<(typeof interfaceProperties)[number], string>> = {
  address_assign_type: "addr_assign_type",
  device_id: "dev_id",
  dormant: "dormant",
  flags: "flags",
  iface_id: "ifindex",
  iface_link: "iflink",
  iface_link_mode: "link_mode",
  name_assign_type: "name_assign_type",
  net_dev_group: "netdev_group",
  protocol_type: "type",
  transmit_queue_length: "tx_queue_len",
};

export const interfacePropertiesCollector: CollectorDeclaration = {
  id: "host.network_interface",
  title: "State of network interfaces",
  metrics: Object.values(metrics),
  intervalMs: 10_000,
  platforms: ["linux"],
  open: openInterfaceProperties,
};

function openInterfaceProperties(context: CollectContext): Collector {
  const root = `${context.config.host.sys_root}/class/net`;
  const numbers = new HandleTable((name: string) => openNumbers(context, name));
  // Keyed by all that its labels say: another state or address is another series.
  const infos = new HandleTable((key: string) => ({ handles: [openInfo(context, key.split("\0"))] }));
  return {
    collect: () => {
      const names = listDirectory(root);
      if ("errno" in names) return context.absent(root, Object.values(metrics), names);
      context.present(root);
      let speeds = 0;
      for (const name of names.slice(0, maxInterfaces)) {
        const directory = `${root}/${name}`;
        // The directory has files of its own (`bonding_masters`); only an interface has an index.
        if (Number.isNaN(numberIn(`${directory}/ifindex`))) continue;
        if (numbers.row(name).read(directory)) speeds++;
        infos.row(readWords(name, directory).join("\0")).handles[0]?.set(1);
      }
      numbers.sweep();
      infos.sweep();
      if (speeds > 0) context.present("speed");
      else
        context.absent("speed", [metrics.speed], {
          reason: "unsupported",
          detail: `no interface under ${root} knows its speed`,
        });
    },
  };
}

/** What can be read depends on the device and its state: the carrier of an interface that is down is EINVAL, and has no sample then. */
function openNumbers(context: CollectContext, rawName: string) {
  const labels = { "network.interface.name": cleanText(rawName) };
  const files: (readonly [SeriesHandle, string])[] = [
    [context.series(metrics.carrier, labels), "carrier"],
    [context.series(metrics.carrierChanges, labels), "carrier_changes"],
    [context.series(metrics.carrierTransitions, { ...labels, "network.carrier.transition": "up" }), "carrier_up_count"],
    [context.series(metrics.carrierTransitions, { ...labels, "network.carrier.transition": "down" }), "carrier_down_count"],
    [context.series(metrics.mtu, labels), "mtu"],
    [context.series(metrics.noHandler, labels), "statistics/rx_nohandler"],
    ...interfaceProperties.map(
      (property) =>
        [
          context.series(metrics.property, { ...labels, "network.interface.property": property }),
          propertyFiles[property],
        ] as const,
    ),
  ];
  const up = context.series(metrics.up, labels);
  const speed = context.series(metrics.speed, labels);
  return {
    handles: [up, speed, ...files.map(([handle]) => handle)],
    /** Sets what can be read; true when the speed is known. */
    read: (directory: string): boolean => {
      for (const [handle, file] of files) setIfNumber(handle, numberIn(`${directory}/${file}`));
      const state = wordIn(`${directory}/operstate`);
      if (state !== "") up.set(state === "up" ? 1 : 0);
      const megabits = numberIn(`${directory}/speed`);
      // -1 is the kernel's word for "unknown" (SPEED_UNKNOWN).
      if (!(megabits >= 0)) return false;
      speed.set(megabits * bytesPerMegabit);
      return true;
    },
  };
}

/** In the order in which `openInfo` takes them; no control character is left in them, so that zero bytes can join them. */
function readWords(rawName: string, directory: string): readonly string[] {
  const files = ["address", "broadcast", "duplex", "ifalias", "operstate"];
  return [cleanText(rawName), ...files.map((file) => wordIn(`${directory}/${file}`))];
}

function openInfo(context: CollectContext, words: readonly string[]): SeriesHandle {
  const [name = "", address = "", broadcast = "", duplex = "", alias = "", state = ""] = words;
  return context.series(metrics.info, {
    "network.interface.name": name,
    "network.interface.address": address,
    "network.interface.broadcast": broadcast,
    "network.interface.duplex": duplex,
    "network.interface.alias": alias,
    "network.interface.state": state,
  });
}
