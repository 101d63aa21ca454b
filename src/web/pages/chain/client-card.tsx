/** One client: what it is, how it is, and its figures of now. */
import type { StoredEvent } from "../../../core/node-event.ts";
import type { CheckStatus } from "../../../core/check.ts";
import type { ReportedAbsence } from "../../../core/absence.ts";
import type { JSX } from "preact";
import { chainList } from "../../data/chain-declared.ts";
import { textIn } from "../../data/event-fields.ts";
import { isLocal, status } from "../../data/server.ts";
import type { ViewRow } from "../../data/view-rows.ts";
import { figureText } from "../../format/figure.ts";
import { quantityText } from "../../format/quantity.ts";
import { spanText } from "../../format/time.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { pageNow } from "../../parts/page-now.ts";
import { StatusWord } from "../../parts/status-word.tsx";
import { pageHref } from "../../state/router.ts";
import { isDemo } from "./chain-frame.tsx";
import { programText } from "./program-text.ts";

interface Props {
  readonly client: ViewRow;
  /** Of all clients, newest first. */
  readonly events: readonly StoredEvent[];
  /** Whether its blocks are those that the page shows. */
  readonly isChosen: boolean;
  /** Whether there is another one to choose. */
  readonly isOneOfSeveral: boolean;
}

/** Figures of a card, in their order, by their names in the node's view; what a client does not have is left out. */
const figures = [
  ["headBlock", "Head"],
  ["syncLagBlocks", "Behind"],
  ["headAgeSeconds", "Age of the head"],
  ["blockIntervalSeconds", "Block time"],
  ["transactionsPerSecond", "Transactions"],
  ["connectedPeers", "Peers"],
  ["mempoolTransactions", "Waiting"],
  ["baseFeeGwei", "Base fee"],
  ["blockProcessingMs", "Processing"],
  ["finalityDistanceBlocks", "Not final"],
  ["cpuPercent", "CPU"],
  ["memoryBytes", "Memory"],
] as const;

export function ClientCard({ client, events, isChosen, isOneOfSeveral }: Props): JSX.Element {
  const { texts, values } = client;
  const name = texts["name"] ?? "";
  const units = new Map(chainList("clients")?.fields.map((field) => [field.name, field.unit]));
  const { word, status: shown } = stateOf(client);
  const facts = [...descriptionOf(client), sinceText(client, events)].filter((text) => text !== "");
  return (
    <article class="client-card" aria-label={name} data-chosen={isChosen && isOneOfSeveral}>
      <header>
        <h3>{isOneOfSeveral ? <a href={pageHref("/chain", { client: name })}>{name}</a> : name}</h3>
        {isDemo(client) ? <DemoBadge /> : null}
        <span class="spacer" />
        <StatusWord status={shown} word={word} />
      </header>
      <p class="dim" hidden={facts.length === 0}>
        {facts.join(" · ")}
      </p>
      <dl class="client-figures">
        {figures
          .filter(([field]) => (values[field] ?? null) !== null)
          .map(([field, title]) => (
            <div key={field}>
              <dt>{title}</dt>
              <dd>{figureText(values[field] ?? null, units.get(field) ?? "1")}</dd>
            </div>
          ))}
      </dl>
      <Unknown client={name} />
    </article>
  );
}

function stateOf({ values }: ViewRow): { readonly word: string; readonly status: CheckStatus } {
  if (values["up"] === 0) return { word: "Does not answer", status: "critical" };
  if (values["syncing"] !== 1) return { word: "Answers", status: "ok" };
  const synced = values["syncedPercent"] ?? null;
  return { word: synced === null ? "Syncing" : `Syncing, ${quantityText(synced, "ratio")}`, status: "warning" };
}

/** A role only where one is given. */
function descriptionOf({ texts }: ViewRow): readonly string[] {
  const { kind = "", layer = "", version = "", network = "", role = "" } = texts;
  return [
    programText(kind, version),
    layer === "other" ? "" : layer,
    network === "" ? "" : `network ${network}`,
    role === "other" ? "" : role,
  ];
}

const beginnings: ReadonlySet<string> = new Set(["up", "down", "restarted"]);

/** For how long it is as it is: as it says itself, else since the newest event that tells. */
function sinceText({ texts, values }: ViewRow, events: readonly StoredEvent[]): string {
  const change = events.find(
    ({ subject, fields }) => subject === texts["name"] && beginnings.has(textIn(fields, "what") ?? ""),
  );
  const sinceMs = change === undefined ? null : pageNow() - change.timeMs;
  if (values["up"] === 0) return sinceMs === null ? "" : `for ${spanText(sinceMs)}`;
  const uptime = values["uptimeSeconds"] ?? null;
  if (uptime !== null) return `running for ${spanText(uptime * 1000)}`;
  return sinceMs === null ? "" : `answers for ${spanText(sinceMs)}`;
}

/**
 * What of this client could not be read, and why: that it does not answer stands open, and the rest is for those who look for it. Another
 * node's absences are not known here.
 */
function Unknown({ client }: { readonly client: string }): JSX.Element {
  const all = isLocal.value ? (status.value?.collect.absences ?? []) : [];
  const absences = all.filter(({ source }) => source.startsWith(`${client}: `));
  const unanswered = absences.filter(({ source }) => source === `${client}: answers`);
  const rest = absences.filter((absence) => !unanswered.includes(absence));
  return (
    <>
      <AbsenceList absences={unanswered} />
      {rest.length === 0 ? null : (
        <details class="client-unknown">
          <summary>
            {rest.length} {rest.length === 1 ? "thing" : "things"} it does not tell
          </summary>
          <AbsenceList absences={rest} />
        </details>
      )}
    </>
  );
}

function AbsenceList({ absences }: { readonly absences: readonly ReportedAbsence[] }): JSX.Element {
  return (
    <ul hidden={absences.length === 0}>
      {absences.map(({ source, detail, fix }) => (
        <li key={source}>
          <span class="mono">{detail}</span>
          {fix === undefined ? null : <div class="dim">{fix}</div>}
        </li>
      ))}
    </ul>
  );
}
