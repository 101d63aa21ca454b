/** `/proc/<pid>/mounts`: which file systems are worth showing. Source: proc_pid_mounts(5), fstab(5). */

export interface Mount {
  readonly device: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly readonly: boolean;
}

/** File systems without a store of their own, and images that are always full. node_exporter's default, with ramfs and tmpfs of the system. */
const pseudoTypes: ReadonlySet<string> = new Set([
  "autofs",
  "binfmt_misc",
  "bpf",
  "cgroup",
  "cgroup2",
  "configfs",
  "debugfs",
  "devpts",
  "devtmpfs",
  "efivarfs",
  "fusectl",
  "hugetlbfs",
  "iso9660",
  "mqueue",
  "nsfs",
  "overlay",
  "proc",
  "procfs",
  "pstore",
  "ramfs",
  "rpc_pipefs",
  "securityfs",
  "selinuxfs",
  "squashfs",
  "sysfs",
  "tracefs",
]);

/** Mount points of the system's and the container runtimes' own, node_exporter's default. */
const systemMountpoint =
  /^\/(?:dev|proc|sys|run\/(?:credentials|user|lock|docker|containerd)|var\/lib\/(?:docker|containerd|kubelet\/pods)\/.+|var\/lib\/containers\/storage\/.+)(?:$|\/)/;

/** The shown mounts of the file's text, each device once: its first mount is the one that is not a bind mount of a part. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts: Mount[] = [];
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    const [device, mountpoint, type, options] = line.split(" ").map(unescapeOctal);
    if (device === undefined || mountpoint === undefined || type === undefined || options === undefined) continue;
    if (!isShown(type, mountpoint)) continue;
    // Names like `tmpfs` and `none` stand for no device: only what is mounted twice at the same place is the same.
    const identity = device.startsWith("/") ? device : `${device} ${mountpoint}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    mounts.push({ device, mountpoint, type, readonly: options.split(",").includes("ro") });
  }
  return mounts;
}

function isShown(type: string, mountpoint: string): boolean {
  // In a container, the root is an overlay: the only view of its disk.
  if (type === "overlay") return mountpoint === "/";
  return !pseudoTypes.has(type) && !systemMountpoint.test(mountpoint);
}

/** Space, tab, line end and backslash are written as octal (`\040`), proc_pid_mounts(5). Bytes beyond ASCII are not. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
