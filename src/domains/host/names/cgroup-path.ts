/**
 * What a process belongs to, from the paths in `/proc/<pid>/cgroup`: a container, a Kubernetes pod, a systemd unit.
 * Sources: systemd.io/CGROUP_DELEGATION (units), kubernetes `pkg/kubelet/cm` (`kubepods…pod<uid>`), moby, containerd, cri-o and
 * podman (`<runtime>-<64 hex>.scope` with the systemd driver, `…/<64 hex>` with the cgroupfs driver), lxc (`lxc.payload.<name>`).
 */

export interface CgroupIdentity {
  /** 64 hexadecimal digits, or the name of an LXC container. */
  readonly containerId: string | null;
  readonly podUid: string | null;
  /** `geth.service`; for services of a user's own manager too. */
  readonly systemdUnit: string | null;
}

const containerSegment = /^(?:docker|cri-containerd|crio|libpod|nerdctl|containerd)-([0-9a-f]{64})\.scope$|^([0-9a-f]{64})$/;
const lxcSegment = /^lxc\.payload\.(.+)$/;
/** With the systemd driver the uid's dashes are underscores. */
const podSegment =
  /^(?:kubepods.*-)?pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;

/** `text` is the whole file: `hierarchy:controllers:path` per line; every line is looked at, since hybrid machines fill different ones. */
export function parseCgroupIdentity(text: string): CgroupIdentity {
  let containerId: string | null = null;
  let podUid: string | null = null;
  let systemdUnit: string | null = null;
  for (const line of text.split("\n")) {
    const path = line.slice(line.indexOf(":", line.indexOf(":") + 1) + 1);
    for (const segment of path.split("/")) {
      const container = containerSegment.exec(segment);
      // The innermost one counts: a container may run containers.
      if (container !== null) containerId = container[1] ?? container[2] ?? null;
      containerId ??= lxcSegment.exec(segment)?.[1] ?? null;
      podUid = podSegment.exec(segment)?.[1]?.replaceAll("_", "-") ?? podUid;
      if (segment.endsWith(".service")) systemdUnit = unescapeUnit(segment);
    }
  }
  return { containerId, podUid, systemdUnit };
}

/** systemd writes bytes that a path or unit cannot hold as `\x2d` (systemd.unit(5), "String Escaping for Inclusion in Unit Names"). */
function unescapeUnit(unit: string): string {
  return unit.replaceAll(/\\x([2-7][0-9a-f])/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
