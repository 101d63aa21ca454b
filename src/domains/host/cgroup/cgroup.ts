/** Control groups: usage, limits and throttling of services, containers and pods. */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import type { Metric } from "../../../core/metric.ts";
import { HandleTable } from "../handle-table.ts";
import { parseCgroupIdentity } from "../names/cgroup-path.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { openContainerNames } from "../names/container-names.ts";
import { hostRoot } from "../names/process-identity.ts";
import { filesV1, filesV2 } from "./files.ts";
import { Group } from "./group.ts";
import { type CgroupTree, findGroups, findTrees } from "./hierarchy.ts";
import { cgroupMetrics } from "./metrics.ts";

const { cgroupInfo, ...figures } = cgroupMetrics;
/** What comes out of the groups' files. */
const fileMetrics: readonly Metric[] = Object.values(figures);
const metrics: readonly Metric[] = [cgroupInfo, ...fileMetrics];

/** Groups are looked for at every sixth run: services and containers start seldom, and the search lists every directory. */
const runsBetweenSearches = 6;

/** Paths of containers in pods have some 200 characters; inside another container twice as many. */
const maxPathLength = 1024;

/** 100 groups have some 1,200 files, 5 ms to read. */
export const cgroupCollector: CollectorDeclaration = {
  id: "host.cgroup",
  title: "Control groups",
  metrics,
  intervalMs: 5000,
  platforms: ["linux"],
  open: (context) => openCgroups(context),
};

function openCgroups(context: CollectContext): Collector {
  /** By directory, so that a group that is still there keeps its descriptors and handles. */
  const groups = new Map<string, Group>();
  const names = openGroupNames(context);
  let run = 0;
  return {
    collect: () => {
      if (run++ % runsBetweenSearches === 0) search(context, groups);
      for (const group of groups.values()) group.collect();
      // On v1 one group stands in several trees.
      for (const path of new Set(Array.from(groups.values(), (group) => group.path))) names.row(path).handles[0]?.set(1);
      names.sweep();
    },
    close: () => {
      for (const group of groups.values()) group.close();
    },
  };
}

/** Names by path. */
function openGroupNames(context: CollectContext): HandleTable<string> {
  const names = openContainerNames(hostRoot(context.config.host.proc_root));
  return new HandleTable((path) => {
    const { containerId, podUid, systemdUnit } = parseCgroupIdentity(`0::${path}`);
    const labels = {
      cgroup: path,
      "container.name": containerId === null ? "" : cleanText(names.container(containerId)),
      "k8s.pod.name": podUid === null ? "" : cleanText(names.pod(podUid)),
      "systemd.unit": systemdUnit === null ? "" : cleanText(systemdUnit),
    };
    return { handles: [context.series(cgroupInfo, labels)] };
  });
}

function search(context: CollectContext, groups: Map<string, Group>): void {
  const base = `${context.config.host.sys_root}/fs/cgroup`;
  const found = findTrees(context.config.host.sys_root);
  const trees = "reason" in found ? [] : found;
  const directories = new Map<string, { readonly tree: CgroupTree; readonly path: string }>();
  for (const tree of trees) {
    for (const path of findGroups(tree.root))
      directories.set(path === "/" ? tree.root : tree.root + path, { tree, path: cleanText(path, maxPathLength) });
  }
  for (const [directory, group] of groups) {
    if (directories.has(directory)) continue;
    group.release();
    groups.delete(directory);
  }
  for (const [directory, { tree, path }] of directories) {
    if (!groups.has(directory)) groups.set(directory, new Group(context, directory, tree, path));
  }
  if ("reason" in found) context.absent(base, metrics, found);
  else reportMissing(context, base, trees, [...groups.values()]);
}

/** Says which figures no group has a file for: a controller that is not compiled in, or not switched on for any group. */
function reportMissing(context: CollectContext, base: string, trees: readonly CgroupTree[], groups: readonly Group[]): void {
  const had = new Set(groups.flatMap((group) => group.files.flatMap((file) => file.fields.map((field) => field.metric))));
  const missing = fileMetrics.filter((metric) => !had.has(metric));
  if (missing.length === 0) {
    context.present(base);
    return;
  }
  const possible = trees.some((tree) => tree.version === 1) ? filesV1 : filesV2;
  const lost = possible.filter((file) => file.fields.some((field) => missing.includes(field.metric)));
  const names = lost.map((file) => file.name).join(", ");
  const detail = names === "" ? `${base}: no controller that ChainPulse reads` : `${base}: no group has ${names}`;
  context.absent(base, missing, { reason: "not_present", detail });
}
