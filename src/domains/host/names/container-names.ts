/**
 * The name behind a container's id and a pod's uid, from the state files that runtimes leave on the host. No runtime is asked:
 * their sockets are a root shell. Where the files cannot be read, the short id is the name.
 */
import { listDirectory, readOnce } from "../../../io/proc-file.ts";

/** Answers are kept for the life of the collector; beyond this many the oldest go. */
const maxRemembered = 4096;

/** What `docker ps` shows of an id. */
const shortIdLength = 12;

export interface ContainerNames {
  readonly container: (id: string) => string;
  /** `namespace/pod`, or the uid where the name is not to be found. */
  readonly pod: (uid: string) => string;
}

/** `root` is where the host's file system is seen: empty, or `<proc_root>/1/root` from inside a container. */
export function openContainerNames(root: string): ContainerNames {
  const containers = new Map<string, string>();
  const pods = new Map<string, string>();
  return {
    container: (id) => remember(containers, id, () => findContainer(root, id) ?? id.slice(0, shortIdLength)),
    pod: (uid) => remember(pods, uid, () => findPod(root, uid) ?? uid),
  };
}

function remember(known: Map<string, string>, id: string, find: () => string): string {
  const remembered = known.get(id);
  if (remembered !== undefined) return remembered;
  if (known.size >= maxRemembered) for (const oldest of known.keys().take(1)) known.delete(oldest);
  const name = find();
  known.set(id, name);
  return name;
}

function findContainer(root: string, id: string): string | null {
  return dockerName(root, id) ?? podmanName(root, id) ?? criName(root, id);
}

/** moby `container/container.go`: `config.v2.json` has `"Name": "/geth"`. */
function dockerName(root: string, id: string): string | null {
  const name = property(readJson(`${root}/var/lib/docker/containers/${id}/config.v2.json`), "Name");
  return typeof name === "string" ? name.replace(/^\//, "") : null;
}

/** containers/storage `containers.go`: an array of `{ id, names }`. */
function podmanName(root: string, id: string): string | null {
  const list = readJson(`${root}/var/lib/containers/storage/overlay-containers/containers.json`);
  const entry: unknown = Array.isArray(list) ? list.find((candidate) => property(candidate, "id") === id) : undefined;
  const names = property(entry, "names");
  const first: unknown = Array.isArray(names) ? names[0] : undefined;
  return typeof first === "string" ? first : null;
}

/** The OCI bundle of containerd's CRI plugin; the annotation is set in `internal/cri/annotations`. */
function criName(root: string, id: string): string | null {
  const bundle = readJson(`${root}/run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`);
  const name = property(property(bundle, "annotations"), "io.kubernetes.cri.container-name");
  return typeof name === "string" ? name : null;
}

/** kubelet keeps the logs of a pod in `/var/log/pods/<namespace>_<pod>_<uid>`. */
function findPod(root: string, uid: string): string | null {
  const names = listDirectory(`${root}/var/log/pods`);
  if ("errno" in names) return null;
  const directory = names.find((name) => name.endsWith(`_${uid}`));
  if (directory === undefined) return null;
  const [namespace = "", pod = ""] = directory.split("_");
  return `${namespace}/${pod}`;
}

/** `undefined` for a file that cannot be read or is not JSON: another runtime is in use, or the file is being written. */
function readJson(path: string): unknown {
  const text = readOnce(path);
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
