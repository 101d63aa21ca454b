/** The figures that the overview opens with, by their names in the node's view (the contract that REST and GraphQL share). */

export interface Headline {
  readonly title: string;
  readonly group: string;
  readonly field: string;
  /** Section of the host page that explains it. */
  readonly section: string;
}

export const headlines: readonly Headline[] = [
  { title: "CPU", group: "cpu", field: "usagePercent", section: "cpu" },
  { title: "Load, 1 min", group: "cpu", field: "loadAverage1m", section: "cpu" },
  { title: "Temperature", group: "cpu", field: "temperature", section: "temperature" },
  { title: "Memory", group: "memory", field: "usagePercent", section: "memory" },
  { title: "Disk busy", group: "disk", field: "utilisationPercent", section: "disk" },
  { title: "Network in", group: "network", field: "receiveBytesPerSecond", section: "network" },
  { title: "Network out", group: "network", field: "transmitBytesPerSecond", section: "network" },
];
