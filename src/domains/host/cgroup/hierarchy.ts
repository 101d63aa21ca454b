/**
 * Where control groups are mounted, and which of them are worth series of their own.
 * Sources: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/cgroups.rst; systemd.io/CGROUP_DELEGATION for the layouts.
 *
 *   v2 (unified)   /sys/fs/cgroup/cgroup.controllers          all controllers in one tree
 *   v1 (legacy)    /sys/fs/cgroup/{cpu,cpuacct,memory,…}      a tree for each controller
 *   hybrid         v1, and /sys/fs/cgroup/unified             a v2 tree whose controllers are mostly bound to v1
 */
import { type ReadFailure, listDirectory, listSubdirectories, readOnce } from "../../../io/proc-file.ts";

/** One tree: its root, the version of the files in it, and the controllers that it has. */
export interface CgroupTree {
  readonly root: string;
  readonly version: 1 | 2;
  /** First parts of the names of files that count here: `memory` for `memory.stat`. `null`: all of them. */
  readonly controllers: readonly string[] | null;
}

const v1Controllers = ["cpu", "cpuacct", "memory", "blkio", "pids"] as const;

/** Trees with controllers that we read; or why there is none. */
export function findTrees(sysRoot: string): readonly CgroupTree[] | ReadFailure {
  const base = `${sysRoot}/fs/cgroup`;
  const entries = listDirectory(base);
  if ("reason" in entries) return entries;
  if (entries.includes("cgroup.controllers")) return [{ root: base, version: 2, controllers: null }];
  const trees: CgroupTree[] = v1Controllers
    .filter((controller) => entries.includes(controller))
    // `cpu` and `cpuacct` are often links to one tree, which has the files of both.
    .map((controller) => ({ root: `${base}/${controller}`, version: 1, controllers: [controller] }));
  // The v2 tree of a hybrid machine has `cpu.stat` too, which would count processor time twice: only what no v1 tree has is taken.
  const unified = readOnce(`${base}/unified/cgroup.controllers`);
  if (typeof unified === "string")
    trees.push({ root: `${base}/unified`, version: 2, controllers: unified.trim().split(/\s+/) });
  return trees;
}

/** Directories looked at in one search of a tree, its depth, and groups that come out of it. */
const maxDirectories = 1000;
const maxDepth = 6;
const maxGroups = 100;

/** A directory of a container runtime, a pod, a service or a scope: what people know by name. */
const interesting =
  /\.(?:service|scope)$|^(?:[a-z-]+-)?[0-9a-f]{32,64}(?:\.scope)?$|^(?:kubepods.*-)?pod[0-9a-f_-]{32,36}(?:\.slice)?$|^lxc\.payload\./;

/**
 * Paths of the groups below a tree's root, the root's own `/` first. Breadth first, so that at the bound the outer groups, which hold
 * the inner ones' sums, are kept. All directories of the first level count, whatever their name.
 */
export function findGroups(root: string): readonly string[] {
  const groups = ["/"];
  let level = [""];
  let looked = 0;
  for (let depth = 1; depth <= maxDepth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const parent of level) {
      const children = listSubdirectories(`${root}${parent}`);
      // A group may end while we look.
      if ("reason" in children) continue;
      for (const name of children.toSorted()) {
        if (++looked > maxDirectories) return groups;
        const path = `${parent}/${name}`;
        next.push(path);
        if (depth > 1 && !interesting.test(name)) continue;
        if (groups.length === maxGroups) return groups;
        groups.push(path);
      }
    }
    level = next;
  }
  return groups;
}
