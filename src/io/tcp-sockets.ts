/** All TCP connections and listeners of the machine, or rather of its network namespace: one dump of the kernel's list, both families. */
import type { Absence } from "../core/absence.ts";
import { type DumpLimits, openNetlinkDumper } from "./netlink-socket.ts";
import {
  encodeTcpRequest,
  familyInet,
  familyInet6,
  parseTcpSocket,
  sockDiagByFamily,
  sockDiagProtocol,
  type TcpSocket,
} from "./tcp-diag.ts";

const limits: DumpLimits = { receiveTimeoutMs: 100, totalMs: 200 };

export interface TcpSockets {
  /** Established and listening sockets; why not, where the list is not whole: half of one would look like lost connections. Costs milliseconds. */
  read(): readonly TcpSocket[] | Absence;
}

/** `openDumper` is injected by tests: what the kernel answers cannot be captured in a tree of files. */
export async function openTcpSockets(
  openDumper: () => ReturnType<typeof openNetlinkDumper> = () => openNetlinkDumper(sockDiagProtocol, limits),
): Promise<TcpSockets | Absence> {
  const dumper = await openDumper();
  if (!("dump" in dumper)) return dumper;
  return {
    read() {
      const sockets: TcpSocket[] = [];
      for (const family of [familyInet, familyInet6]) {
        const result = dumper.dump(sockDiagByFamily, encodeTcpRequest(family), (message) => {
          const socket = parseTcpSocket(message);
          if (socket !== null) sockets.push(socket);
        });
        if (!("complete" in result)) return result;
        if (result.complete) continue;
        return { reason: "stale", detail: `netlink dump: not done after ${limits.totalMs} ms (${sockets.length} sockets)` };
      }
      return sockets;
    },
  };
}
