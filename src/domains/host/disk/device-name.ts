/** Which block devices are shown: whole ones. A partition's requests are its device's, and idle loop devices are noise. */

/** node_exporter's default exclusion, with the partitions of eMMC cards. zram stays: it is where swap goes. */
const excluded = /^(?:(?:ram|loop|fd|(?:h|s|v|xv)d[a-z]+)\d+|nvme\d+n\d+p\d+|mmcblk\d+(?:p|boot)\d+)$/;

export function isShownDevice(name: string): boolean {
  return !excluded.test(name);
}
