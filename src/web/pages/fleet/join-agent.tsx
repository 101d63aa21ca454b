/** How a node joins: one command here, and what that says to run there. */
import type { JSX } from "preact";
import { CopyCode } from "../../parts/copy-code.tsx";
import { joinCommand } from "../../parts/join-command.ts";

interface Props {
  /** Whether no other node has come yet: then this is what the page is about. */
  readonly isFirst: boolean;
}

export function JoinAgent({ isFirst }: Props): JSX.Element {
  return (
    <details class="section join" open={isFirst}>
      <summary>{isFirst ? "No other node reports here yet. To add one" : "Add a node"}</summary>
      <CopyCode what="The command to add a node" text={joinCommand()} />
      <p class="dim">
        Run it on this machine, as the user that this server runs as, with the new node's name. It makes a token for that node
        alone, and says what to run there.
        {location.protocol === "http:"
          ? " This server has no TLS: agents come to it from this machine only, until server.tls is set."
          : null}
      </p>
    </details>
  );
}
