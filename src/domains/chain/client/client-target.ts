/** How a client is reached and called: from the configuration, or from where it was found. */
import type { ChainClientConfig, ChainSection } from "../../../core/config-chain.ts";
import type { NodeType } from "../../../core/node-type.ts";
import type { HttpEndpoint } from "../../../io/http-client.ts";
import type { ClientTarget } from "./client-kind.ts";
import type { FoundClient } from "./discovery.ts";

/** A configured client. Credentials are for its RPC, or for its metrics where it has no RPC: they go to one server only. */
export function configuredTarget(
  client: ChainClientConfig,
  { chain, role, name }: { readonly chain: ChainSection; readonly role: NodeType; readonly name: string },
): ClientTarget {
  const timeoutMs = chain.request_timeout_ms;
  const { rpc_url: rpcUrl, metrics_url: metricsUrl, ws_url: wsUrl } = client;
  const secrets = secretsOf(client);
  return {
    name,
    rpc: rpcUrl === undefined ? null : { url: new URL(rpcUrl), timeoutMs, ...secrets },
    ws: wsUrl === undefined ? null : new URL(wsUrl),
    metrics:
      metricsUrl === undefined ? null : { url: new URL(metricsUrl), timeoutMs, ...(rpcUrl === undefined ? secrets : {}) },
    role: client.role ?? role,
    p2pPort: client.p2p_port ?? null,
    mappingFile: client.mapping_file ?? null,
    simulated: client.simulated,
    isFound: false,
  };
}

function secretsOf(client: ChainClientConfig): Partial<HttpEndpoint> {
  const { bearer_token_file: bearerTokenFile, basic_auth: basic, cookie_file: cookieFile } = client;
  const basicAuth = basic === undefined ? undefined : { username: basic.username, passwordFile: basic.password_file };
  return { bearerTokenFile, basicAuth, cookieFile };
}

/** A client that was found: it is given as long as a configured one, however short the patience was while looking. */
export function foundTarget(
  found: FoundClient,
  { chain, role, name }: { readonly chain: ChainSection; readonly role: NodeType; readonly name: string },
): ClientTarget {
  const timeoutMs = chain.request_timeout_ms;
  const rpc = found.rpc === null ? null : { ...found.rpc, timeoutMs };
  const metrics = found.metrics === null ? null : { ...found.metrics, timeoutMs };
  return { name, rpc, ws: found.ws, metrics, role, p2pPort: null, mappingFile: null, simulated: false, isFound: true };
}

/** What a client is called that has not said yet what it is: its address. */
export function addressName({ rpc_url: rpcUrl, metrics_url: metricsUrl, ws_url: wsUrl }: ChainClientConfig): string {
  const url = rpcUrl ?? metricsUrl ?? wsUrl;
  return url === undefined ? "no address" : new URL(url).host;
}
