/**
 * Keeps other web sites out: a page elsewhere may make the user's browser send requests here. `Host` is checked against DNS
 * rebinding (Glances CVE-2026-32632, Vite CVE-2025-24010), `Origin` and `Sec-Fetch-Site` against cross-site requests. No
 * CORS header is ever sent.
 */
import type { IncomingMessage } from "node:http";
import { ChainPulseError } from "../../core/errors.ts";

/** What the check reads of a request. */
export interface Arrival {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDestination: string | undefined;
  /** Address that the connection arrived at. */
  readonly localAddress: string | undefined;
  /** The route is one that everybody may call: pages and files. Data has a price, and no link from elsewhere needs to lead to it. */
  readonly page: boolean;
}

/**
 * Throws `HOST_NOT_ALLOWED` or `ORIGIN_NOT_ALLOWED`. `allowedHosts`: names and addresses without port; loopback's names are
 * always allowed, and so is the address that the client really connected to: rebinding works with names only.
 */
export function checkArrival(arrival: Arrival, allowedHosts: readonly string[]): void {
  const host = parseHost(arrival.host ?? "");
  if (host === null || !isAllowed(host.name, arrival.localAddress, allowedHosts)) {
    throw new ChainPulseError("HOST_NOT_ALLOWED", `Host is ${JSON.stringify((arrival.host ?? "").slice(0, 256))}`, {
      fix: "Add the name to server.allowed_hosts if it is this server's.",
    });
  }
  if (arrival.origin !== undefined && !isSameOrigin(arrival.origin, host)) {
    throw new ChainPulseError("ORIGIN_NOT_ALLOWED", `Origin is ${JSON.stringify(arrival.origin.slice(0, 256))}`);
  }
  const { fetchSite } = arrival;
  // `none`: typed into the address bar. `same-site` is another port of the same machine, or a sibling domain: foreign.
  if (fetchSite === undefined || fetchSite === "same-origin" || fetchSite === "none") return;
  const followsLink = arrival.method === "GET" && arrival.fetchMode === "navigate" && arrival.fetchDestination === "document";
  if (!followsLink) throw new ChainPulseError("ORIGIN_NOT_ALLOWED", `a ${fetchSite} request that is no navigation`);
  // A page elsewhere can open windows: without this it runs the most expensive query that there is in the user's name.
  if (!arrival.page) {
    throw new ChainPulseError("ORIGIN_NOT_ALLOWED", `a link from another site leads to data`, {
      fix: "Type the address into the browser's address bar, or link to a page of the dashboard.",
    });
  }
}

/**
 * The host that a request names. `undefined` where it names several: in two `Host` lines (RFC 9112, 3.2: to be refused), or by a
 * target in absolute form that says something else (3.2.2: it would go before `Host`).
 */
export function claimedHost({ url = "/", headers, headersDistinct }: HostLines): string | undefined {
  if ((headersDistinct["host"]?.length ?? 0) > 1) return undefined;
  if (url.startsWith("/") || url === "*") return headers.host;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  return authority === headers.host ? authority : undefined;
}

type HostLines = Pick<IncomingMessage, "url" | "headers" | "headersDistinct">;

/** A `Host` header, taken apart. */
export interface HostName {
  /** Lower case; IPv6 without brackets. */
  readonly name: string;
  /** `null`: the scheme's default. */
  readonly port: number | null;
}

/** `name`, `name:port`, `[v6]`, `[v6]:port`; `null` for anything else. */
export function parseHost(text: string): HostName | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return null;
  const port = match[3] === undefined ? null : Number(match[3]);
  if (port !== null && port > 65_535) return null;
  return { name: (match[1] ?? match[2] ?? "").toLowerCase(), port };
}

const loopbackNames = ["localhost", "127.0.0.1", "::1"];

function isAllowed(name: string, localAddress: string | undefined, allowedHosts: readonly string[]): boolean {
  if (loopbackNames.includes(name)) return true;
  // An IPv4 client of a dual-stack socket arrives at `::ffff:192.0.2.1`.
  if (localAddress !== undefined && name === localAddress.replace(/^::ffff:/, "").toLowerCase()) return true;
  return allowedHosts.some((allowed) => allowed.toLowerCase() === name);
}

/** Scheme is not compared: behind a proxy that ends TLS, the page's is https and ours is not. */
function isSameOrigin(origin: string, host: HostName): boolean {
  const match = /^(https?):\/\/([^/?#@]+)$/.exec(origin);
  const from = parseHost(match?.[2] ?? "");
  if (from === null) return false;
  const standard = match?.[1] === "https" ? 443 : 80;
  return from.name === host.name && (from.port ?? standard) === (host.port ?? standard);
}
