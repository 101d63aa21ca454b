/** An HTTPS server that knows its clients by certificate, and whose certificate and authority can be renewed while it runs. */
import { once } from "node:events";
import { mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { portOf } from "./fake-server.test-support.ts";

/** Each is signed by itself, so it is its own authority. */
export type PairName = "first" | "second";

export const pemOfPair = (name: PairName, kind: "crt" | "key"): Buffer =>
  readFileSync(new URL(`../serve/fixtures/tls/${name}.${kind}`, import.meta.url));

export interface TlsServer extends AsyncDisposable {
  readonly url: URL;
  /** From now on new connections see this certificate, and clients must have it. */
  renew(name: PairName): void;
  /** In the order in which they came. */
  readonly connections: readonly Socket[];
  /** Resolves once a request for `/slow` is there, which is answered when `release` is called. */
  readonly slow: Promise<void>;
  release(): void;
  close(): Promise<void>;
}

/** Answers `a 1`, and whom it knows the client as in the header `seen-as`. Connections are kept open after `/kept` and `/slow` alone. */
export async function openTlsServer(): Promise<TlsServer> {
  const of = (name: PairName) => ({ cert: pemOfPair(name, "crt"), key: pemOfPair(name, "key"), ca: pemOfPair(name, "crt") });
  const server = createServer({ ...of("first"), requestCert: true });
  // What a client does not close stays open: a test sees which connections the client lets go.
  server.keepAliveTimeout = 0;
  const connections: Socket[] = [];
  server.on("secureConnection", (socket: Socket) => connections.push(socket));
  const slow = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  server.on("request", (request, response) => {
    // Of an HTTPS server every connection is one.
    const seenAs = String((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    response.setHeader("content-type", "text/plain").setHeader("seen-as", seenAs);
    if (request.url !== "/slow" && request.url !== "/kept") response.setHeader("connection", "close");
    if (request.url !== "/slow") return void response.end("a 1\n");
    slow.resolve();
    void released.promise.then(() => response.end("a 1\n"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: new URL(`https://127.0.0.1:${portOf(server)}/`),
    renew: (name) => server.setSecureContext(of(name)),
    connections,
    slow: slow.promise,
    release: () => released.resolve(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export interface PemFolder extends Disposable {
  readonly files: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** Puts this pair into the files, as a program that renews certificates does. */
  renew(name: PairName): void;
}

/** With the first pair in it. */
export function openPemFolder(): PemFolder {
  const directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-pem-"));
  const [caFile = "", certFile = "", keyFile = ""] = ["ca.crt", "tls.crt", "tls.key"].map((name) => join(directory.path, name));
  const renew = (name: PairName): void => {
    writeFileSync(caFile, pemOfPair(name, "crt"));
    writeFileSync(certFile, pemOfPair(name, "crt"));
    writeFileSync(keyFile, pemOfPair(name, "key"));
  };
  renew("first");
  return { files: { caFile, certFile, keyFile }, renew, [Symbol.dispose]: () => directory.remove() };
}
