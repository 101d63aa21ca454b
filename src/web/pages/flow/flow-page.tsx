/** One transaction or block by its hash; without one the window's newest, and where they wait. */
import type { JSX } from "preact";
import { askedTrace } from "../../../core/trace/asked-trace.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { shareText } from "../../../core/trace/flow-words.ts";
import { windowAnalysisUrl, type WindowAnalysis } from "../../data/flow-data.ts";
import { playing } from "../../data/query-board.ts";
import { usePolled } from "../../data/use-polled.ts";
import { FlowTabs } from "../../parts/flow-tabs.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { address, pageHref } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { FlowStatistics } from "./flow-statistics.tsx";
import { FlowView } from "./flow-view.tsx";
import { HashField } from "./hash-field.tsx";
import { RecentFlows } from "./recent-flows.tsx";
import { statisticsWords } from "./statistics-words.ts";

type Kind = Flow["kind"];

const titles = { transaction: "Transactions", block: "Blocks" } as const satisfies Record<Kind, string>;
/** It looks at thousands of traces: not as often as a figure. */
const refreshMs = 15_000;

export function FlowPage({ kind }: { readonly kind: Kind }): JSX.Element {
  const text = address.value.params.get("hash");
  const asked = text === null ? null : askedTrace(text);
  return (
    <>
      <FlowTabs />
      {asked === null ? (
        <div class="page-head">
          <h1>{titles[kind]}</h1>
        </div>
      ) : null}
      <HashField />
      {text !== null && asked === null ? (
        <p class="error-text">The address holds no hash that a trace can be found by.</p>
      ) : null}
      {asked === null ? <Window kind={kind} /> : <FlowView key={asked.traceId} asked={asked} />}
    </>
  );
}

function Window({ kind }: { readonly kind: Kind }): JSX.Element {
  const isLive = timeRange.value.kind === "last" && playing.value;
  const polled = usePolled<WindowAnalysis>(windowAnalysisUrl(kind), isLive ? refreshMs : null);
  const answer = polled.answer.value;
  return (
    <>
      <PollNote of={polled} what="What the nodes have seen" />
      {answer === null ? null : <Found kind={kind} answer={answer} />}
    </>
  );
}

function Found({
  kind,
  answer: { statistics, recent, analysed, of, isMore, warnings },
}: {
  readonly kind: Kind;
  readonly answer: WindowAnalysis;
}): JSX.Element {
  const { samplingRatio } = statistics;
  const { lead, verdicts } = statisticsWords(kind, statistics);
  return (
    <>
      {warnings.map((warning) => (
        <p key={warning} class="error-text">
          {warning}
        </p>
      ))}
      {statistics.flows === 0 ? (
        <None kind={kind} />
      ) : (
        <>
          <p class="flow-lead">{lead.join(" ")}</p>
          <ul class="reasons">
            {verdicts.map((verdict) => (
              <li key={verdict}>{verdict}</li>
            ))}
          </ul>
          {analysed === of && !isMore ? null : (
            <p class="dim">
              What is said is of the newest {analysed.toLocaleString("en")} of {isMore ? "more than " : ""}
              {of.toLocaleString("en")} in this range: a shorter one is seen whole.
            </p>
          )}
          {samplingRatio === null || samplingRatio >= 1 ? null : (
            <p class="dim">
              At times only {shareText(samplingRatio)} of the transactions were traced, because there were many.
            </p>
          )}
          <section class="section" aria-label={`The newest ${titles[kind].toLowerCase()}`}>
            <RecentFlows kind={kind} rows={recent} />
          </section>
          <FlowStatistics kind={kind} statistics={statistics} />
        </>
      )}
    </>
  );
}

function None({ kind }: { readonly kind: Kind }): JSX.Element {
  return (
    <div class="notice-inline">
      <p>No watched node has seen a {kind} in this range.</p>
      <p class="dim">
        Transactions and blocks are traced by themselves wherever ChainPulse watches a blockchain client (see{" "}
        <a href={pageHref("/chain")}>Chain</a>
        ), unless <code>chain.tracing.enabled</code> is off. <code>chainpulse demo</code> shows it beside nodes of its own.
      </p>
    </div>
  );
}
