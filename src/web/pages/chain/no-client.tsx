/** How ChainPulse comes to know of a client. */
import type { JSX } from "preact";
import { CopyCode } from "../../parts/copy-code.tsx";

const settings = `performance_monitoring:
  chain:
    clients:
      - rpc_url: http://ADDRESS:8545
        metrics_url: http://ADDRESS:6060/debug/metrics/prometheus
`;

/** `had`: there was a client earlier, and it is not known any more. */
export function NoClient({ had }: { readonly had: boolean }): JSX.Element {
  return (
    <div class="notice-inline">
      <p>
        {had ? "No blockchain client is watched on this node now." : "ChainPulse has found no blockchain client on this node."}
      </p>
      <p>
        A client that runs on the same machine is found by itself at its usual ports (Geth and other EVM clients: 8545; beacon
        nodes: 5052, 9596, 3500, 5051; Bitcoin Core: 8332), within some ten seconds of its start. One that listens elsewhere, or
        needs credentials, is named in the configuration file:
      </p>
      <CopyCode what="Settings for a client" text={settings} />
      <p class="dim">
        <code>chainpulse doctor</code> says which clients it sees, and what each of them does not tell. docs/chain.md has the
        rest.
      </p>
    </div>
  );
}
