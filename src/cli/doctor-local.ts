/** What `doctor` can see without a server: the program, the directories, the port. */
import { accessSync, constants, opendirSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { probeListen } from "../io/listen-probe.ts";
import type { DoctorItem } from "./doctor-report.ts";

/** Node's oldest version with what ChainPulse needs: zstd, native TypeScript, post-quantum keys. */
const nodeMajorMin = 24;

/** Below this much free space the store would soon stop. */
const freeBytesMin = 268_435_456;

export function checkNode(version: string, path: string): DoctorItem {
  const item = { area: "program", subject: "Node.js", detail: `${version} at ${path}` } as const;
  if (Number.parseInt(version, 10) >= nodeMajorMin) return { ...item, state: "ok" };
  return { ...item, state: "broken", fix: `Use Node.js ${nodeMajorMin} or newer, or start with ./chainpulse.` };
}

/** Whether this user can write into a directory, or make it, and whether there is space. */
export function checkDirectory(subject: string, path: string): DoctorItem {
  const item = { area: "files", subject } as const;
  try {
    const existing = nearestExisting(path);
    accessSync(existing, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(existing);
    const detail = `${path} (${existing === path ? "writable" : "will be made"}, ${Math.floor((bavail * bsize) / 1_048_576)} MiB free)`;
    if (bavail * bsize >= freeBytesMin) return { ...item, state: "ok", detail };
    return { ...item, state: "broken", detail, fix: "Free some space: collection stops when the disk is full." };
  } catch (error) {
    const detail = `${path} cannot be written (${error instanceof Error ? error.message : String(error)})`;
    return { ...item, state: "broken", detail, fix: "Make it writable for this user, or name another directory." };
  }
}

/** Whether the address can be listened on. Nothing answers there as a ChainPulse server. */
export async function checkPort(listen: string): Promise<DoctorItem> {
  const item = { area: "server", subject: listen } as const;
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? [];
  const failure = await probeListen(host, Number(port));
  if (failure === null) return { ...item, state: "ok", detail: "free; no server is running" };
  const detail = failure.code === "EADDRINUSE" ? "another program listens there" : failure.message;
  return { ...item, state: "broken", detail, fix: "Set server.listen to another address, or stop what listens there." };
}

/** The directory itself, or what it would be made in. A file in the way is an error of the system's wording. */
function nearestExisting(path: string): string {
  let candidate = path;
  while (statSync(candidate, { throwIfNoEntry: false }) === undefined && dirname(candidate) !== candidate) {
    candidate = dirname(candidate);
  }
  // Reading it is the test that it is a directory, and leaves nothing behind.
  opendirSync(candidate).closeSync();
  return candidate;
}
