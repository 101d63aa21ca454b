/** Series as the chain's observers write them, in the notation of unit tests for rules: one sample each 15 s. */
import assert from "node:assert/strict";

/** `1x240`, `0+2x240`: a value, its step, and how often. */
export const hour = "x240";
export const sevenHours = "x1680";

/** That there is such a client. */
export function chainClient(name: string, layer: string, role: string): string {
  return `chainpulse_chain_client_info{node="n",chain_client="${name}",chain_client_kind="${name}",chain_layer="${layer}",chain_client_version="1",chain_network="1",chain_client_role="${role}"} 1${sevenHours}`;
}

/** `peers{geth,peer_direction="inbound"} 3x240` is a metric of the client geth, on the node n. */
export function chainSeries(...texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const [, metric = "", name = "", labels = "", values = ""] = /^(\w+)\{(\w+)([^}]*)\} (.+)$/.exec(text) ?? assert.fail(text);
    return `chainpulse_chain_${metric}{node="n",chain_client="${name}"${labels}} ${values}`;
  });
}

/** Further label of what is about a group of validators. */
export const inGroup = ',validator_group="own"';

const mount = 'node="n",system_device="/dev/vda",system_filesystem_mountpoint="/data",system_filesystem_type="ext4"';

/** A disk that is nearly full, and the bytes that are free on it. */
export function diskWithFree(values: string): readonly string[] {
  return [
    `chainpulse_host_filesystem_readonly{${mount}} 0${sevenHours}`,
    `system_filesystem_usage_bytes{${mount},system_filesystem_state="used"} 1e12${sevenHours}`,
    `system_filesystem_usage_bytes{${mount},system_filesystem_state="free"} ${values}`,
  ];
}
