/** Settings to copy for whoever is to send here, or to be scraped. */
import type { JSX } from "preact";
import { session } from "../../data/server.ts";
import { CopyCode } from "../../parts/copy-code.tsx";
import { joinCommand } from "../../parts/join-command.ts";
import { connections } from "./connections.ts";

export function ConnectSection(): JSX.Element {
  const withToken = session.value?.authRequired === true;
  return (
    <section class="section" aria-labelledby="connect-title">
      <div class="section-head">
        <h2 id="connect-title">Connect</h2>
        <p>
          {withToken
            ? "Senders need a token that may do nothing but send."
            : "No token is needed on this machine. Change the address where others reach this server by another one."}
        </p>
      </div>
      {connections({ origin: location.origin, withToken, join: joinCommand() }).map(({ title, what, text, note }) => (
        <details key={title} class="connect">
          <summary>{title}</summary>
          <CopyCode what={what} text={text} />
          {note === undefined ? null : <p class="dim">{note}</p>}
        </details>
      ))}
    </section>
  );
}
