/** Who a process is, in labels: owner, container, pod, systemd unit. Read once, when a process gets series of its own. */
import { parseCgroupIdentity } from "./cgroup-path.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { openContainerNames } from "./container-names.ts";
import { textIn } from "../small-file.ts";

export interface ProcessIdentity {
  readonly "process.owner": string;
  readonly "container.name": string;
  readonly "k8s.pod.name": string;
  readonly "systemd.unit": string;
}

export interface ProcessIdentities {
  /** What cannot be read is the empty string: the label does not exist then. */
  of(pid: number): ProcessIdentity;
}

export function openProcessIdentities(procRoot: string): ProcessIdentities {
  const root = hostRoot(procRoot);
  const names = openContainerNames(root);
  let owners: ReadonlyMap<string, string> = new Map();
  return {
    of: (pid) => {
      const uid = ownerUid(textIn(`${procRoot}/${pid}/status`));
      // A user may have been added since.
      if (!owners.has(uid)) owners = parsePasswd(textIn(`${root}/etc/passwd`));
      const { containerId, podUid, systemdUnit } = parseCgroupIdentity(textIn(`${procRoot}/${pid}/cgroup`));
      return {
        "process.owner": cleanText(owners.get(uid) ?? uid),
        "container.name": containerId === null ? "" : cleanText(names.container(containerId)),
        "k8s.pod.name": podUid === null ? "" : cleanText(names.pod(podUid)),
        "systemd.unit": systemdUnit === null ? "" : cleanText(systemdUnit),
      };
    },
  };
}

/** Where the host's own files are: with a foreign `proc_root` (inside a container), behind its first process. */
export function hostRoot(procRoot: string): string {
  return procRoot === "/proc" ? "" : `${procRoot}/1/root`;
}

/** `name:password:uid:…` per line, passwd(5). Users of a directory service are not in it: they keep their number. */
export function parsePasswd(text: string): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    if (name !== "" && uid !== "" && !owners.has(uid)) owners.set(uid, name);
  }
  return owners;
}

/** The effective uid: second number of the line `Uid:`, proc_pid_status(5). */
function ownerUid(status: string): string {
  return /^Uid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? "";
}
