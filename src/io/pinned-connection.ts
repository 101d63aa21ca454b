/**
 * One kept-open HTTP connection to one server that is known by its key. Unlike `http-get.ts` it shows who it is (mutual TLS), takes
 * bodies of bytes, and says with which group the keys were agreed. Not a byte of a request, and so no token, is written before the
 * server is known to be the right one: the TLS handshake comes first, by itself, and only then is the socket given to HTTP.
 */
import { createHash, X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import { Agent as HttpAgent, request as httpRequest } from "./node-http.ts";
import { readAnswer } from "./read-answer.ts";
import { untrustedCertificate } from "./untrusted-certificate.ts";

export interface PinnedOptions {
  readonly url: URL;
  /** `sha256/…`: the server's public key. Nobody need have signed it then, unless there is a `ca` too. */
  readonly pin?: string | undefined;
  /** PEM: who has signed the server's certificate; default: the system's authorities. */
  readonly ca?: Buffer | undefined;
  /** PEM: who we are. */
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

export interface PinnedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PinnedConnection {
  /** Any status is an answer. Rejects with what the system or the handshake says. */
  post(path: string, headers: Readonly<Record<string, string>>, body: Uint8Array, signal: AbortSignal): Promise<PinnedResponse>;
  /** Of the connection that was opened last; `null` before the first, and without TLS. */
  readonly tlsGroup: string | null;
  close(): void;
}

/** Answers to what we send are short. */
const answerBytesMax = 65_536;

/** The hybrid of ML-KEM first: recorded traffic stays secret from a quantum computer. draft-ietf-tls-ecdhe-mlkem. */
const groups = "X25519MLKEM768:X25519:P-256";

export function openPinnedConnection(options: PinnedOptions): PinnedConnection {
  const { url, timeoutMs } = options;
  let tlsGroup: string | null = null;
  const agent =
    url.protocol === "https:"
      ? new PinnedAgent(options, (group) => (tlsGroup = group))
      : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;

  return {
    async post(path, headers, body, signal) {
      const limits = AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]);
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = send(new URL(path, url), {
          method: "POST",
          agent,
          signal: limits,
          headers: { ...headers, "content-length": body.length },
        });
        sent.on("response", resolve).on("error", reject).end(body);
      });
      return { status: response.statusCode ?? 0, headers: response.headers, body: await readAnswer(response, answerBytesMax) };
    },
    get tlsGroup() {
      return tlsGroup;
    },
    close: () => agent.destroy(),
  };
}

/** Gives HTTP a socket when the handshake is over and the server is the right one. */
class PinnedAgent extends HttpsAgent {
  readonly #pinned: PinnedOptions;
  readonly #onGroup: (group: string | null) => void;

  constructor(pinned: PinnedOptions, onGroup: (group: string | null) => void) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#pinned = pinned;
    this.#onGroup = onGroup;
  }

  // Node calls it with the request's options, which say no more than the connection's own, and always with a function to be called.
  override createConnection(_: unknown, ready: (error: Error | null, socket: Duplex) => void = () => undefined): undefined {
    const { url, pin, ca, cert, key, timeoutMs } = this.#pinned;
    const port = url.port === "" ? 443 : Number(url.port);
    const host = url.hostname.replaceAll(/[[\]]/g, "");
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: "TLSv1.3",
      ecdhCurve: groups,
      rejectUnauthorized: pin === undefined || ca !== undefined,
      // The pin says more than a name: a certificate that carries none is as good then.
      ...(pin === undefined ? {} : { checkServerIdentity: () => undefined }),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no TLS handshake within ${timeoutMs} ms`)));
    const fail = (error: Error): void => {
      const untrusted = untrustedCertificate(error);
      const fix = "hub.pin says which key is right, hub.ca_file who may sign";
      ready(untrusted === null ? error : new Error(`${untrusted}; ${fix}`, { cause: error }), socket);
    };
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      socket.setTimeout(0);
      const shown = socket.getPeerX509Certificate();
      if (pin !== undefined && (shown === undefined || pinOf(shown) !== pin)) {
        socket.destroy();
        ready(
          new Error(`the server shows the key ${shown === undefined ? "none" : pinOf(shown)}, not the pinned ${pin}`),
          socket,
        );
        return;
      }
      this.#onGroup(groupOf(socket));
      ready(null, socket);
    });
    return undefined;
  }
}

/** The pin of a certificate's public key: RFC 7469 §2.4. */
export function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return `sha256/${createHash("sha256").update(spki).digest("base64")}`;
}

/** The pin of the first certificate in a PEM text. Throws what the system says where there is none. */
export function pinOfPem(pem: Buffer): string {
  return pinOf(new X509Certificate(pem));
}

/** Only the client's side is told by Node which group was agreed on. */
function groupOf(socket: TLSSocket): string | null {
  const info = socket.getEphemeralKeyInfo();
  return info !== null && "name" in info && typeof info.name === "string" ? info.name : null;
}
