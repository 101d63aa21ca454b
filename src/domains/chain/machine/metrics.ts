/**
 * What the chain's checks read of the machine below the client: its clock and its disks. The domain `host` measures and declares it. One
 * domain does not see another, so that the few declarations that are read here stand here again, and `test/chain-checks.test.ts` holds
 * them against the host's.
 */
import { defineMetrics } from "../../../core/metric.ts";

const perMount = { "system.device": null, "system.filesystem.mountpoint": null, "system.filesystem.type": null } as const;

export const machineMetrics = defineMetrics({
  clockOffset: {
    name: "chainpulse.host.clock.offset",
    kind: "gauge",
    unit: "s",
    help: "Offset that the kernel still has to work off.",
  },
  clockSynchronised: {
    name: "chainpulse.host.clock.synchronised",
    kind: "gauge",
    unit: "",
    help: "1 while something (NTP, PTP) keeps the clock synchronised, 0 while nothing does.",
  },
  diskSpace: {
    name: "system.filesystem.usage",
    kind: "updowncounter",
    unit: "By",
    help: "Space by state: used, free (for everybody), reserved (for root). The three make up the size.",
    labels: { ...perMount, "system.filesystem.state": ["used", "free", "reserved"] },
  },
  diskReadonly: {
    name: "chainpulse.host.filesystem.readonly",
    kind: "gauge",
    unit: "",
    help: "1 when the file system is mounted read-only; ext4 makes itself so after an error.",
    labels: perMount,
  },
});
