/**
 * What macOS and Windows tell of the machine: processor times from Node itself, all else from `systeminformation`, which is loaded
 * on those platforms only (it starts programs such as `vm_stat` or PowerShell, which no Linux machine needs to pay for).
 *
 * Not run by the project: it has Linux machines alone. It is compiled, and the collectors on it are tested with a stand-in.
 */
import { cpus, loadavg, uptime } from "node:os";

/** Seconds of one logical processor by mode, since the system started. */
export interface OtherCpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly interrupt: number;
}

export interface OtherMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly swapUsedBytes: number;
  readonly swapFreeBytes: number;
}

export interface OtherFilesystem {
  readonly device: string;
  readonly type: string;
  readonly mountpoint: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly readonly: boolean;
}

export interface OtherInterface {
  readonly name: string;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
  readonly receiveDropped: number;
  readonly transmitDropped: number;
  readonly receiveErrors: number;
  readonly transmitErrors: number;
}

/** Bytes and requests of all disks since the system started; the platforms do not tell them apart. */
export interface OtherDiskIo {
  readonly readOperations: number;
  readonly writeOperations: number;
}

export interface SystemInformation {
  cpuTimes(): readonly OtherCpuTimes[];
  /** 1, 5 and 15 minutes; all 0 on Windows, which has no such thing. */
  loadAverages(): readonly number[];
  uptimeSeconds(): number;
  memory(): Promise<OtherMemory>;
  filesystems(): Promise<readonly OtherFilesystem[]>;
  interfaces(): Promise<readonly OtherInterface[]>;
  /** `null` where the platform does not say (Windows). */
  diskIo(): Promise<OtherDiskIo | null>;
}

export async function loadSystemInformation(): Promise<SystemInformation> {
  const { default: information } = await import("systeminformation");
  return {
    cpuTimes: () =>
      cpus().map(({ times }) => ({
        user: times.user / 1e3,
        nice: times.nice / 1e3,
        system: times.sys / 1e3,
        idle: times.idle / 1e3,
        interrupt: times.irq / 1e3,
      })),
    loadAverages: () => loadavg(),
    uptimeSeconds: () => uptime(),
    memory: async () => {
      const { total, available, swapused, swapfree } = await information.mem();
      return { totalBytes: total, availableBytes: available, swapUsedBytes: swapused, swapFreeBytes: swapfree };
    },
    filesystems: async () =>
      (await information.fsSize()).map(({ fs, type, mount, size, used, available, rw }) => ({
        device: fs,
        type,
        mountpoint: mount,
        sizeBytes: size,
        usedBytes: used,
        availableBytes: available,
        readonly: rw === false,
      })),
    interfaces: async () =>
      (await information.networkStats("*")).map((stats) => ({
        name: stats.iface,
        receivedBytes: stats.rx_bytes,
        transmittedBytes: stats.tx_bytes,
        receiveDropped: stats.rx_dropped,
        transmitDropped: stats.tx_dropped,
        receiveErrors: stats.rx_errors,
        transmitErrors: stats.tx_errors,
      })),
    diskIo: async () => {
      // The library answers `null` on Windows, which its types do not say.
      const io: { rIO: number; wIO: number } | null = await information.disksIO();
      return io === null ? null : { readOperations: io.rIO, writeOperations: io.wIO };
    },
  };
}
