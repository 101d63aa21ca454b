/** What the configuration says of a server, in the words of the HTTP client. */
import type { AccessConfig } from "../core/config-forward.ts";
import type { HttpEndpoint } from "./http-client.ts";

export function endpointOf(config: AccessConfig, url: string): HttpEndpoint {
  const { basic_auth: basic } = config;
  return {
    url: new URL(url),
    timeoutMs: config.timeout_ms,
    headers: config.headers,
    bearerTokenFile: config.bearer_token_file,
    basicAuth: basic === undefined ? undefined : { username: basic.username, passwordFile: basic.password_file },
    caFile: config.ca_file,
    certFile: config.cert_file,
    keyFile: config.key_file,
  };
}
