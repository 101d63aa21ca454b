/**
 * A server whose certificate cannot be trusted, in words that help: Node's own advise a flag of Node's, which operators of ChainPulse
 * have no place to set.
 */

const byUnknown = "its certificate is signed by an authority that is not trusted here";

/** Source: Node.js documentation, tls, "X509 certificate error codes"; the last one is Node's own check of the name. */
const words: ReadonlyMap<unknown, string> = new Map([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "its certificate is signed by nobody but itself"],
  ["SELF_SIGNED_CERT_IN_CHAIN", byUnknown],
  ["UNABLE_TO_GET_ISSUER_CERT", byUnknown],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", byUnknown],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", byUnknown],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "its certificate is for another name"],
]);

/** What is wrong with the server's certificate; `null` where the error is about something else. */
export function untrustedCertificate(error: unknown): string | null {
  return error instanceof Error && "code" in error ? (words.get(error.code) ?? null) : null;
}
