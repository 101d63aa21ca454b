/**
 * `smartctl` of smartmontools: the one program that reads the health log of every kind of drive. Asked without a shell, one device at
 * a time, with limits; a drive that sleeps is not woken (`--nocheck=standby`).
 */
import { execFile } from "node:child_process";
import type { Absence } from "../core/absence.ts";

const timeoutMs = 10_000;
const maxOutputBytes = 1024 * 1024;

/** Bits 0 and 1 of the exit status: the command line was wrong, the device could not be opened. Others describe the drive. Source: smartctl(8). */
const failedBits = 0b11;

export type RunSmartctl = (device: string) => Promise<string | Absence>;

/** The JSON text that `smartctl` prints for a device path such as `/dev/nvme0n1`, or why there is none. Never rejects. */
export const runSmartctl: RunSmartctl = (device) => {
  const { promise, resolve } = Promise.withResolvers<string | Absence>();
  const args = ["--json=c", "--nocheck=standby", "--health", "--attributes", "--info", device];
  execFile("smartctl", args, { timeout: timeoutMs, maxBuffer: maxOutputBytes, killSignal: "SIGKILL" }, (error, output) => {
    if (error === null) return resolve(output);
    if (typeof error.code === "number" && (error.code & failedBits) === 0) return resolve(output);
    resolve(describe(error, device, output));
  });
  return promise;
};

function describe(error: Error & { code?: unknown; killed?: boolean }, device: string, output: string): Absence {
  if (error.code === "ENOENT") {
    return { reason: "not_present", detail: "smartctl is not installed", fix: "Install the package smartmontools." };
  }
  if (error.killed === true) return { reason: "stale", detail: `smartctl ${device}: no answer in ${timeoutMs} ms` };
  if (output.includes("Permission denied") || output.includes("Operation not permitted")) {
    return {
      reason: "no_permission",
      detail: `smartctl ${device}: permission denied`,
      fix: "Run ChainPulse as root, or with CAP_SYS_RAWIO (ATA) and CAP_SYS_ADMIN (NVMe).",
    };
  }
  return {
    reason: "unsupported",
    detail: `smartctl ${device}: exit status ${String(error.code)}; it has no health log that can be read`,
  };
}
