/** Where the server listens, and the refusal to listen to strangers by accident (336,000 exposed exporters: Aqua, 2024-12). */
import { BlockList, isIP } from "node:net";
import type { Config } from "../../core/config.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { readBytes } from "../../io/file-tree.ts";

/** `server.listen`, taken apart and judged. */
export interface ListenAddress {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Reachable from other machines. */
  readonly remote: boolean;
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/** Of `listen`, or of another address of the server's. Errors: `LISTEN_REFUSED` beyond loopback without `allow_remote` and `auth.required`. */
export function listenAddress({ server }: Config, listen = server.listen): ListenAddress {
  const { allow_remote: allowRemote, auth } = server;
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon).replaceAll(/[[\]]/g, "");
  const remote = !isLoopback(host);
  if (remote && !(allowRemote && auth.required)) {
    const missing = [allowRemote ? null : "server.allow_remote: true", auth.required ? null : "server.auth.required: true"];
    throw new ChainPulseError("LISTEN_REFUSED", `${listen} is reachable from other machines`, {
      fix: `Set ${missing.filter((line) => line !== null).join(" and ")}, or listen on 127.0.0.1.`,
    });
  }
  return { host, port: Number(listen.slice(colon + 1)), remote };
}

/** Whether an address or name is this machine itself. A name other than `localhost` may resolve to anything. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  return host === "localhost" || (family !== 0 && loopback.check(host, family === 6 ? "ipv6" : "ipv4"));
}

/** What a TLS listener is made with. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Who signs the certificates of clients, where those are asked for one. */
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  /** Without a good one there is no connection at all. */
  readonly rejectUnauthorized: boolean;
}

/** Reads certificate chain and key, and what clients are judged by. Errors: `LISTEN_REFUSED` naming the file. */
export function readTlsFiles(tls: NonNullable<Config["server"]["tls"]>): TlsFiles {
  const read = (file: string): Buffer => {
    try {
      return readBytes(file);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new ChainPulseError("LISTEN_REFUSED", `cannot read the TLS file: ${what}`, { cause });
    }
  };
  const { client_auth: asked, client_ca_file: ca } = tls;
  return {
    cert: read(tls.cert_file),
    key: read(tls.key_file),
    ...(ca === undefined ? {} : { ca: read(ca) }),
    requestCert: asked !== "none",
    rejectUnauthorized: asked === "required",
  };
}
