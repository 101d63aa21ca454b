/** The node at a glance: what is wrong first, then the figures, then the charts that explain them. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect } from "preact/hooks";
import { chainDomain } from "../data/chain-declared.ts";
import { hasChain } from "../data/chain-presence.ts";
import type { ViewValue } from "../data/contract.ts";
import { errorText, getJson } from "../data/http.ts";
import { checks, isLocal, loadChecks, nodeUrl, sections, shownNode, status, viewGroups, viewsError } from "../data/server.ts";
import { spanText } from "../format/time.ts";
import { pageNow } from "../parts/page-now.ts";
import { ProblemList } from "../parts/problem-list.tsx";
import { useFreshStatus } from "../parts/use-fresh-status.ts";
import { pageHref } from "../state/router.ts";
import { Figure } from "../views/figure.tsx";
import { PanelView } from "../views/panel.tsx";
import { ProcessTable } from "../views/process-table.tsx";
import { headlines } from "./headlines.ts";

type NodeView = Readonly<Record<string, Readonly<Record<string, ViewValue>> | undefined>>;

export function OverviewPage(): JSX.Element {
  useEffect(() => void loadChecks(), []);
  // A machine without a client would show a row of empty charts.
  const shown = (sections.value ?? []).filter(({ domain }) => domain !== chainDomain || hasChain.value);
  const overviewPanels = shown.flatMap((section) => {
    const wanted = section.overview ?? [];
    return section.panels
      .filter((panel) => wanted.includes(panel.id))
      .map((panel) => ({ panel, key: `${section.domain}.${panel.id}` }));
  });
  return (
    <>
      <NodeHead />
      <ProblemList checks={checks.value} />
      <Headlines />
      <div class="grid section">
        {overviewPanels.map(({ panel, key }) => (
          <PanelView key={key} panel={panel} />
        ))}
      </div>
      <section class="section" aria-labelledby="top-processes">
        <div class="section-head">
          <h2 id="top-processes">Top processes</h2>
          <a href={`${pageHref("/host")}#process-table`}>All processes</a>
        </div>
        <ProcessTable limit={8} compact />
      </section>
    </>
  );
}

function NodeHead(): JSX.Element {
  // How another node is, stands above its pages.
  return isLocal.value ? <OwnHead /> : <h1 class="visually-hidden">{shownNode.value}</h1>;
}

function OwnHead(): JSX.Element {
  const old = useFreshStatus();
  const server = status.value;
  if (server === null) return <></>;
  return (
    <div class="page-head">
      <h1>{server.node.id}</h1>
      <p class="page-facts">
        {server.node.type === "other" ? null : <span>{server.node.type}</span>}
        <span>{server.platform}</span>
        <span>
          {server.collect.series.toLocaleString("en")} series every {server.samplingIntervalMs / 1000} s
        </span>
        <span>running for {spanText(pageNow() - server.startedAtMs)}</span>
        {Object.entries(server.node.labels).map(([name, value]) => (
          <span key={name}>
            {name}={value}
          </span>
        ))}
        {old.value === "" ? null : <span class="error-text">{old.value}</span>}
      </p>
    </div>
  );
}

function Headlines(): JSX.Element {
  const view = useSignal<NodeView | null>(null);
  const error = useSignal("");
  // The whole view is dear to evaluate: it is read once, and only when a figure has no value.
  const askReasons = useCallback(() => {
    if (view.value !== null) return;
    view.value = {};
    getJson<NodeView>(nodeUrl("/metrics")).then(
      (answer) => (view.value = answer),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, []);
  const found = headlines.flatMap((headline) => {
    const group = viewGroups.value.find((one) => one.name === headline.group);
    const field = group?.fields.find((one) => one.name === headline.field);
    return field === undefined ? [] : [{ ...headline, declared: field }];
  });
  const failure = viewsError.value ?? error.value;
  return (
    <>
      {failure === "" ? null : (
        <p class="error-text" role="alert">
          Some headline figures could not be loaded. {failure}
        </p>
      )}
      <dl class="figures section" hidden={found.length === 0}>
        {found.map((headline) => (
          <Figure
            key={headline.title}
            title={headline.title}
            field={headline.declared}
            reason={view.value?.[headline.group]?.[headline.field]?.unavailable}
            askReasons={askReasons}
            href={`${pageHref("/host")}#${headline.section}`}
          />
        ))}
      </dl>
    </>
  );
}
