/** The machine itself: processors, memory, heat and power, control groups, disks, network, processes. */
import type { Domain } from "../../core/domain.ts";
import type { Metric } from "../../core/metric.ts";
import { hostAlerts } from "./alerts.ts";
import { hostFleet } from "./fleet.ts";
import { cgroupCollector } from "./cgroup/cgroup.ts";
import { cgroupMetrics } from "./cgroup/metrics.ts";
import { cgroupChecks } from "./checks/cgroup.ts";
import { cpuChecks } from "./checks/cpu.ts";
import { diskChecks } from "./checks/disk.ts";
import { filesystemChecks } from "./checks/filesystem.ts";
import { memoryChecks } from "./checks/memory.ts";
import { networkChecks } from "./checks/network.ts";
import { pressureChecks } from "./checks/pressure.ts";
import { processChecks } from "./checks/process.ts";
import { smartChecks } from "./checks/smart.ts";
import { systemChecks } from "./checks/system.ts";
import { thermalChecks } from "./checks/thermal.ts";
import { connectionsCollector } from "./connections/connections.ts";
import { connectionMetrics, targetMetrics } from "./connections/metrics.ts";
import { targetsCollector } from "./connections/targets.ts";
import { frequencyCollector } from "./cpu/frequency.ts";
import { interruptsCollector } from "./cpu/interrupts.ts";
import { loadCollector } from "./cpu/load.ts";
import { cpuMetrics } from "./cpu/metrics.ts";
import { schedstatCollector } from "./cpu/schedstat.ts";
import { statCollector } from "./cpu/stat.ts";
import { topologyCollector } from "./cpu/topology.ts";
import { diskInfoCollector } from "./disk/disk-info.ts";
import { diskstatsCollector } from "./disk/diskstats.ts";
import { diskInfoMetrics, diskMetrics } from "./disk/metrics.ts";
import { fileDescriptorsCollector } from "./filesystem/file-descriptors.ts";
import { filesystemsCollector } from "./filesystem/filesystems.ts";
import { fileDescriptorMetrics, filesystemMetrics } from "./filesystem/metrics.ts";
import { edacCollector } from "./memory/edac.ts";
import { fragmentationCollector } from "./memory/fragmentation.ts";
import { meminfoCollector } from "./memory/meminfo.ts";
import { memoryMetrics } from "./memory/metrics.ts";
import { numaCollector } from "./memory/numa.ts";
import { vmstatCollector } from "./memory/vmstat.ts";
import { interfacePropertiesCollector } from "./network/interface-properties.ts";
import { interfaceTrafficCollector } from "./network/interface-traffic.ts";
import {
  networkInterfaceMetrics,
  networkNeighbourMetrics,
  networkProtocolMetrics,
  networkSocketMetrics,
  networkSoftnetMetrics,
  networkTrafficMetrics,
  networkUdpMetrics,
} from "./network/metrics.ts";
import { neighboursCollector } from "./network/neighbours.ts";
import { protocolsCollector } from "./network/protocols.ts";
import { socketsCollector } from "./network/sockets.ts";
import { softnetCollector } from "./network/softnet.ts";
import { udpQueuesCollector } from "./network/udp-queues.ts";
import { otherDevicesCollector } from "./other/devices.ts";
import { otherProcessorsCollector } from "./other/processors.ts";
import { cgroupPanels } from "./panels/cgroup.ts";
import { cpuPanels } from "./panels/cpu.ts";
import { diskPanels } from "./panels/disk.ts";
import { filesystemPanels } from "./panels/filesystem.ts";
import { memoryPanels } from "./panels/memory.ts";
import { networkPanels } from "./panels/network.ts";
import { pressurePanels } from "./panels/pressure.ts";
import { processPanels } from "./panels/process.ts";
import { systemPanels } from "./panels/system.ts";
import { thermalPanels } from "./panels/thermal.ts";
import { powerMetrics } from "./power/metrics.ts";
import { raplCollector } from "./power/rapl.ts";
import { pressureMetrics } from "./pressure/metrics.ts";
import { pressureCollector } from "./pressure/pressure.ts";
import {
  processDetailMetrics,
  processGroupMetrics,
  processMetrics,
  processPssMetrics,
  processThreadMetrics,
} from "./process/metrics.ts";
import { processDetailCollector } from "./process/process-detail.ts";
import { processPssCollector } from "./process/process-pss.ts";
import { processThreadsCollector } from "./process/process-threads.ts";
import { processCollector } from "./process/process.ts";
import { nvmeMetrics, smartMetrics } from "./smart/metrics.ts";
import { nvmeCollector } from "./smart/nvme.ts";
import { smartCollector } from "./smart/smart.ts";
import { clockMetrics } from "./clock/metrics.ts";
import { clockCollector } from "./clock/clock.ts";
import { identityCollector } from "./system/identity.ts";
import { limitsCollector } from "./system/limits.ts";
import { systemMetrics } from "./system/metrics.ts";
import { timeSettingsCollector, uptimeCollector } from "./system/time.ts";
import { cpuTemperatureCollector } from "./thermal/cpu-temperature.ts";
import { hwmonCollector } from "./thermal/hwmon.ts";
import { thermalMetrics } from "./thermal/metrics.ts";
import { throttleCollector } from "./thermal/throttle.ts";
import { thermalZonesCollector } from "./thermal/zones.ts";
import { cpuView } from "./views/cpu.ts";
import { diskView } from "./views/disk.ts";
import { memoryView } from "./views/memory.ts";
import { networkView } from "./views/network.ts";
import { processView } from "./views/process.ts";

export const host: Domain = {
  id: "host",
  title: "Host",
  metrics: {
    ...cpuMetrics,
    ...memoryMetrics,
    ...pressureMetrics,
    ...thermalMetrics,
    ...powerMetrics,
    ...cgroupMetrics,
    ...systemMetrics,
    ...clockMetrics,
    ...byName(
      processMetrics,
      processDetailMetrics,
      processThreadMetrics,
      processPssMetrics,
      processGroupMetrics,
      diskMetrics,
      diskInfoMetrics,
      filesystemMetrics,
      fileDescriptorMetrics,
      networkTrafficMetrics,
      networkInterfaceMetrics,
      networkProtocolMetrics,
      networkSocketMetrics,
      networkUdpMetrics,
      networkSoftnetMetrics,
      networkNeighbourMetrics,
      connectionMetrics,
      targetMetrics,
      smartMetrics,
      nvmeMetrics,
    ),
  },
  collectors: [
    statCollector,
    loadCollector,
    schedstatCollector,
    frequencyCollector,
    interruptsCollector,
    topologyCollector,
    meminfoCollector,
    vmstatCollector,
    fragmentationCollector,
    numaCollector,
    edacCollector,
    pressureCollector,
    cpuTemperatureCollector,
    hwmonCollector,
    throttleCollector,
    thermalZonesCollector,
    raplCollector,
    cgroupCollector,
    uptimeCollector,
    timeSettingsCollector,
    limitsCollector,
    identityCollector,
    clockCollector,
    processCollector,
    processDetailCollector,
    processThreadsCollector,
    processPssCollector,
    diskstatsCollector,
    diskInfoCollector,
    filesystemsCollector,
    fileDescriptorsCollector,
    interfaceTrafficCollector,
    interfacePropertiesCollector,
    protocolsCollector,
    socketsCollector,
    softnetCollector,
    neighboursCollector,
    udpQueuesCollector,
    connectionsCollector,
    targetsCollector,
    smartCollector,
    nvmeCollector,
    otherProcessorsCollector,
    otherDevicesCollector,
  ],
  views: [cpuView, memoryView, processView, diskView, networkView],
  panels: [
    cpuPanels,
    memoryPanels,
    pressurePanels,
    thermalPanels,
    cgroupPanels,
    systemPanels,
    processPanels,
    diskPanels,
    filesystemPanels,
    networkPanels,
  ],
  checks: [
    ...cpuChecks,
    ...memoryChecks,
    ...pressureChecks,
    ...thermalChecks,
    ...cgroupChecks,
    ...systemChecks,
    ...processChecks,
    ...diskChecks,
    ...filesystemChecks,
    ...smartChecks,
    ...networkChecks,
  ],
  alerts: hostAlerts,
  fleet: hostFleet,
};

/** Several areas call a metric `io` or `count`: in the list of all, each has its full name. */
function byName(...areas: readonly Readonly<Record<string, Metric>>[]): Record<string, Metric> {
  return Object.fromEntries(areas.flatMap((area) => Object.values(area)).map((metric) => [metric.name, metric]));
}
