/** The generated page of events: which kinds there are, what their fields say, how they are asked for, and how many are kept. */
import type { Domain } from "../core/domain.ts";
import type { EventDeclaration } from "../core/node-event.ts";

export function eventsPage(domains: readonly Domain[], notice: string): string {
  const kinds = domains.flatMap(({ events = [] }) => events);
  return `# Events\n\n${notice}\n\n${introduction}\n${kinds.map(kindEntry).join("\n")}`;
}

const introduction = `What is counted or measured is a metric; an event is what one asks for by name afterwards: a block, a reorganisation, a missed duty. Each
has a kind, a subject (which of the node's programs it is about), a key that tells it from the others, and a time. What comes later with the
same key replaces it.

\`\`\`
curl 'http://127.0.0.1:9797/api/v1/performance/event-kinds'
curl 'http://127.0.0.1:9797/api/v1/performance/nodes/node-1/events?kind=chain.block&limit=20'
curl 'http://127.0.0.1:9797/api/v1/performance/nodes/node-1/events?kind=chain.duty&from=-1d'
\`\`\`

Lists come newest first. \`subject\`, \`key\`, \`from\` and \`to\` select; \`next\` of a page is the \`cursor\` of the following one. GraphQL has
\`events\` and \`eventKinds\`. Texts in events are what a client has said: treat them as hostile.

Events are kept in \`events.db\` in the data directory: 50,000 of each kind and subject, and all together up to \`telemetry.events.max_bytes\`
(128 MiB); what came in or changed longest ago goes first. On a hub the limit is one for all of its nodes: raise it there with their number.
They are written some times a second: a kill costs the last second of them. A damaged file is renamed \`*.corrupt\`, and a new one begun. While
the disk is full, events are not stored, and counted as failed.

An agent sends its events to its hub ([hub.md](hub.md)), which is asked for them in the same way, with the agent's node.
`;

function kindEntry({ kind, title, help, fields }: EventDeclaration): string {
  const rows = Object.entries(fields).map(([name, says]) => `| \`${name}\` | ${says} |`);
  return `## \`${kind}\` ${title}\n\n${help}\n\n| field | says |\n| --- | --- |\n${rows.join("\n")}\n`;
}
