/**
 * The kernel's list of TCP sockets with `tcp_info` (NETLINK_SOCK_DIAG): the request's bytes and the answer's.
 * Source: sock_diag(7); kernel `include/uapi/linux/{inet_diag,tcp}.h`. Addresses and ports are in network order, all else is native.
 *
 *     0        1       2       3         4            52        56       60       64    68      72
 *     +--------+-------+-------+---------+------------+---------+--------+--------+-----+-------+------------
 *     | family | state | timer | retrans | inet_diag_ | expires | rqueue | wqueue | uid | inode | attributes
 *     |        |       |       |         | sockid     |         |        |        |     |       | (len, type)
 *     +--------+-------+-------+---------+------------+---------+--------+--------+-----+-------+------------
 */

/** NETLINK_SOCK_DIAG and SOCK_DIAG_BY_FAMILY. */
export const sockDiagProtocol = 4;
export const sockDiagByFamily = 20;

export const familyInet = 2;
export const familyInet6 = 10;
const protocolTcp = 6;

/** States of `include/net/tcp_states.h`. */
export const stateEstablished = 1;
export const stateListen = 10;

const messageBytes = 72;
const attributeInfo = 2;
/** Without bytes_retrans (Linux 4.19) there is no loss to tell; rtt alone came with 2.6. */
const infoBytes = 216;

/** What one socket says of itself. Sizes in bytes, times in seconds. */
export interface TcpSocket {
  readonly state: number;
  /** Distinguishes sockets that use the same addresses one after the other. */
  readonly cookie: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** For a listening socket: connections that wait to be accepted, and how many may. */
  readonly receiveQueue: number;
  readonly sendQueue: number;
  /** `null` for listening sockets and kernels before 4.19. */
  readonly info: TcpInfo | null;
}

export interface TcpInfo {
  readonly rttSeconds: number;
  readonly minRttSeconds: number;
  readonly deliveryBytesPerSecond: number;
  readonly sentBytes: number;
  readonly retransmittedBytes: number;
  readonly receivedBytes: number;
}

/** `inet_diag_req_v2`: sockets of one family in the states LISTEN and ESTABLISHED, with `tcp_info`. */
export function encodeTcpRequest(family: number): Uint8Array {
  const request = new Uint8Array(56);
  const view = new DataView(request.buffer);
  view.setUint8(0, family);
  view.setUint8(1, protocolTcp);
  view.setUint8(2, 1 << (attributeInfo - 1));
  view.setUint32(4, (1 << stateEstablished) | (1 << stateListen), true);
  return request;
}

/** `null` for a message that is no TCP socket of ours or is cut off. */
export function parseTcpSocket(message: DataView): TcpSocket | null {
  if (message.byteLength < messageBytes) return null;
  const family = message.getUint8(0);
  if (family !== familyInet && family !== familyInet6) return null;
  return {
    state: message.getUint8(1),
    cookie: message.getBigUint64(44, true).toString(36),
    localPort: message.getUint16(4),
    remotePort: message.getUint16(6),
    localAddress: addressText(message, 8, family),
    remoteAddress: addressText(message, 24, family),
    receiveQueue: message.getUint32(56, true),
    sendQueue: message.getUint32(60, true),
    info: parseInfo(message),
  };
}

function parseInfo(message: DataView): TcpInfo | null {
  for (let at = messageBytes; at + 4 <= message.byteLength;) {
    const length = message.getUint16(at, true);
    if (length < 4 || at + length > message.byteLength) return null;
    if (message.getUint16(at + 2, true) === attributeInfo) return length - 4 < infoBytes ? null : infoAt(message, at + 4);
    at += (length + 3) & ~3;
  }
  return null;
}

/** Offsets of `struct tcp_info`; times in µs. They have only ever been added to at its end. */
function infoAt(message: DataView, at: number): TcpInfo {
  const minRtt = message.getUint32(at + 148, true);
  const rtt = message.getUint32(at + 68, true);
  return {
    rttSeconds: rtt / 1e6,
    // ~0 stands for "not measured yet".
    minRttSeconds: (minRtt === 0xffff_ffff ? rtt : minRtt) / 1e6,
    receivedBytes: Number(message.getBigUint64(at + 128, true)),
    deliveryBytesPerSecond: Number(message.getBigUint64(at + 160, true)),
    sentBytes: Number(message.getBigUint64(at + 200, true)),
    retransmittedBytes: Number(message.getBigUint64(at + 208, true)),
  };
}

/** IPv4 in dots; IPv6 as RFC 5952 writes it, with an IPv4 address inside (`::ffff:…`) shown as that. */
function addressText(message: DataView, at: number, family: number): string {
  const dotted = (start: number): string => Array.from({ length: 4 }, (_, index) => message.getUint8(start + index)).join(".");
  if (family === familyInet) return dotted(at);
  const groups = Array.from({ length: 8 }, (_, index) => message.getUint16(at + index * 2));
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? dotted(at + 12) : compressIpv6(groups);
}

/** RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes `::`. */
function compressIpv6(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (best.start === -1) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
