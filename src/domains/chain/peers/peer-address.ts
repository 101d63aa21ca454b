/** Where a peer is, as clients write it (`192.0.2.7:8333`, `[2001:db8::1]:30303`), in the spelling that the kernel's list of sockets has. */

export interface PeerAddress {
  /** An IPv4 or IPv6 address (RFC 5952, without brackets), or the name of an onion or I2P service. */
  readonly host: string;
  readonly port: number;
}

/** `null` for what is no host with a port. */
export function parsePeerAddress(text: string): PeerAddress | null {
  // A scheme without a default port; it leaves names alone and writes IPv6 as RFC 5952 says.
  const url = URL.parse(`tcp://${text}`);
  if (url === null || url.port === "" || url.host !== url.href.slice("tcp://".length)) return null;
  return { host: unmapped(url.hostname.replace(/^\[|\]$/g, "")), port: Number(url.port) };
}

/** An IPv4 address inside an IPv6 one is that address. */
function unmapped(host: string): string {
  const groups = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(host)?.slice(1);
  if (groups === undefined) return host;
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".");
}

/**
 * The network that a host is in, for counting: /16 of IPv4 and /32 of IPv6, as Bitcoin Core groups its peers (src/netgroup.cpp). Anything
 * else, an onion service for example, is a network of its own.
 */
export function networkOf(host: string): string {
  const dotted = /^(\d+\.\d+)\.\d+\.\d+$/.exec(host);
  if (dotted !== null) return dotted[1] ?? host;
  if (!host.includes(":")) return host;
  // What is before `::` may be less than two groups: the rest of them are zero.
  const [first = "0", second = "0"] = (host.split("::")[0] ?? "").split(":");
  return `${first || "0"}:${second || "0"}`;
}
