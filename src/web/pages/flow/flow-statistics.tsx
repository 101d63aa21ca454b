/** Where the window's transactions or blocks wait, as pictures and tables. */
import type { JSX } from "preact";
import type { FlowStatistics as Statistics } from "../../../core/trace/aggregate.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { shareText, stageTitles } from "../../../core/trace/flow-words.ts";
import { checks } from "../../data/server.ts";
import { NodeLink } from "../../parts/node-link.tsx";
import { StatusWord } from "../../parts/status-word.tsx";
import { flowHref } from "../../state/flow-href.ts";
import { ClockErrors } from "./clock-errors.tsx";
import { LatencyShares } from "./latency-shares.tsx";
import { Part } from "./part.tsx";
import { PercentileTable } from "./percentile-table.tsx";
import { PropagationCurve } from "./propagation-curve.tsx";
import { shortHash } from "./recent-flows.tsx";
import { labelWords } from "./statistics-words.ts";
import { TracingCharts } from "./tracing-charts.tsx";

interface Props {
  readonly kind: Flow["kind"];
  readonly statistics: Statistics;
}

/** Ids of the checks that tell of a stage that has become slower, and of transactions that do not spread. */
const checkPrefix = "tracing.";

export function FlowStatistics({ kind, statistics }: Props): JSX.Element {
  const { latency, stages, shares, propagation, blockPropagation, hops, places, labels } = statistics;
  const page = kind === "transaction" ? "/transactions" : "/blocks";
  const times = [
    ...(latency === null ? [] : [{ key: "latency", name: <strong>All until the inclusion</strong>, times: latency }]),
    ...stages.map(({ stage, time }) => ({ key: stage, name: stageTitles[stage], times: time })),
  ];
  return (
    <>
      <Part title="What the latency consists of">
        <LatencyShares {...shares} />
      </Part>
      <Stages />
      {times.length === 0 ? null : (
        <Part title="Time by stage">
          <PercentileTable label="Time by stage" of="Stage" rows={times} />
        </Part>
      )}
      <div class="flow-columns">
        {kind === "transaction" ? <PropagationCurve of="transactions" times={propagation} /> : null}
        <PropagationCurve of="blocks" times={blockPropagation} />
      </div>
      {hops.length === 0 ? null : (
        <Part title="From node to node">
          <PercentileTable
            label="Hops from node to node"
            of="From → to"
            hasNotes
            rows={hops.map(({ of, sourceName, otherSources, targetName, delay, uncertainShare }) => ({
              key: `${of} ${sourceName} ${targetName}`,
              name: (
                <>
                  {sourceName}
                  {otherSources.length === 0 ? "" : ` (or ${otherSources.map(({ node }) => node).join(", ")})`} → {targetName}{" "}
                  <span class="dim">of {of}s</span>
                </>
              ),
              times: delay,
              note: uncertainShare === 0 ? "" : <span class="dim">{shareText(uncertainShare)} uncertain</span>,
            }))}
          />
        </Part>
      )}
      {places.length === 0 ? null : (
        <Part title="From having a block to serving it, by node">
          <PercentileTable
            label="Time from having a block to serving it, by node"
            of="Node"
            hasNotes
            rows={places.map(({ name, place, import: imports }) => ({
              key: name,
              name: <NodeLink id={place.node} />,
              times: imports,
              note: <span class="dim">{place.client}</span>,
            }))}
          />
        </Part>
      )}
      {labels.length === 0 ? null : (
        <Part title="Why some take long">
          <ul class="reasons">
            {labels.map(({ label, flows, examples }) => (
              <li key={label}>
                <strong>{flows.toLocaleString("en")}</strong> {labelWords[label]}:{" "}
                {examples.map((traceId, index) => [
                  index === 0 ? "" : ", ",
                  <a key={traceId} class="mono" href={flowHref(page, traceId)}>
                    {shortHash(traceId)}
                  </a>,
                ])}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {kind === "transaction" ? (
        <Part title="Over time">
          <TracingCharts />
        </Part>
      ) : null}
      <Part title="How well the clocks are known">
        <ClockErrors
          nodes={[
            ...new Set([
              ...places.map(({ place }) => place.node),
              ...hops.flatMap(({ source, target }) => [source.node, target.node]),
            ]),
          ]}
          excluded={statistics.excluded}
        />
      </Part>
    </>
  );
}

/** What the checks say of stages: of the node that the page is about. */
function Stages(): JSX.Element {
  const own = (checks.value ?? []).filter(
    ({ id, status }) => id.startsWith(checkPrefix) && (status === "warning" || status === "critical"),
  );
  if (own.length === 0) return <></>;
  return (
    <Part title="What has become worse">
      <ul class="reasons">
        {own.map(({ id, status, message, action }) => (
          <li key={id}>
            <StatusWord status={status} /> {message} <span class="dim">{action}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
