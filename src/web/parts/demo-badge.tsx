/** The mark of a chain that is made for show: what it does must never be taken for what a real one does. */
import type { JSX } from "preact";

export function DemoBadge(): JSX.Element {
  return (
    <span class="badge demo-badge" title="This chain is made for show: nothing of it is a real network's.">
      demo
    </span>
  );
}
