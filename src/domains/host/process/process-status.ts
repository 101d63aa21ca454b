/** Figures out of `/proc/<pid>/status` and `limits`. Source: proc_pid_status(5), proc_pid_limits(5). */

/** The first number of the line `key:`; NaN where there is none (kernel threads have no memory lines). */
export function statusNumber(status: string, key: string): number {
  const at = status.indexOf(`\n${key}:`);
  return at === -1 ? Number.NaN : Number.parseInt(status.slice(at + key.length + 2), 10);
}

/** Bytes of a line that counts in `kB`, which are KiB. */
export function statusBytes(status: string, key: string): number {
  return statusNumber(status, key) * 1024;
}

/** CPUs in `Cpus_allowed:`, a hexadecimal mask in groups of 32 bits; NaN when the line is missing. */
export function allowedCpus(status: string): number {
  const key = "\nCpus_allowed:";
  const at = status.indexOf(key);
  if (at === -1) return Number.NaN;
  let count = 0;
  for (const character of status.slice(at + key.length, status.indexOf("\n", at + 1)).trim()) {
    for (let digit = character === "," ? 0 : Number.parseInt(character, 16); digit > 0; digit >>= 1) count += digit & 1;
  }
  return count;
}

/** Soft limit of `Max open files`; NaN when unlimited or missing. */
export function openFilesLimit(limits: string): number {
  const key = "Max open files";
  const at = limits.indexOf(key);
  return at === -1 ? Number.NaN : Number.parseInt(limits.slice(at + key.length), 10);
}
