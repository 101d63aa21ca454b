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

/**
 * The shown mounts of the file's text, each device once: its first mount is the one that is not a bind mount of a part. `mountinfo` is
 * the file of that name beside it, empty where there is none.
 */
export function parseMounts(text: string, mountinfo = ""): readonly Mount[] {
  const writable = writableFilesystems(mountinfo);
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
    mounts.push({ device, mountpoint, type, readonly: options.split(",").includes("ro") && !writable.has(mountpoint) });
  }
  return mounts;
}

/**
 * Mount points of file systems that are not read-only themselves. A hardened service sees every mount read-only (ProtectSystem=), while
 * the file system takes writes. Source: proc_pid_mountinfo(5): fields 5 and, after the hyphen, 3 ("per-superblock options").
 */
function writableFilesystems(mountinfo: string): ReadonlySet<string> {
  const writable = new Set<string>();
  for (const line of mountinfo.split("\n")) {
    const [mount = "", filesystem = ""] = line.split(" - ");
    const mountpoint = mount.split(" ")[4];
    if (mountpoint !== undefined && filesystem.split(" ")[2]?.split(",").includes("rw") === true) {
      writable.add(unescapeOctal(mountpoint));
    }
  }
  return writable;
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
