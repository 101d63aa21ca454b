/** Addresses as libp2p writes them, `/ip4/192.0.2.7/tcp/9000/p2p/16U…`, as far as they are needed here. Source: multiformats.io/multiaddr. */

/** `192.0.2.7:9000`, IPv6 in brackets; `null`: it has no IP address with a port. */
export function hostAndPort(multiaddress: string): string | null {
  const [, family, host, port] = /^\/(ip4|ip6)\/([^/]+)\/(?:tcp|udp)\/(\d+)/.exec(multiaddress) ?? [];
  if (host === undefined || port === undefined) return null;
  return family === "ip6" ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The first TCP port among them; `null`: there is none. */
export function tcpPortOf(multiaddresses: readonly string[]): number | null {
  for (const address of multiaddresses) {
    const port = Number(/\/tcp\/(\d{1,5})(?:\/|$)/.exec(address)?.[1] ?? 0);
    if (port > 0 && port <= 65_535) return port;
  }
  return null;
}
