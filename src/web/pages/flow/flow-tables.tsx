/** The figures of one way: where its time went, from node to node, and node by node. */
import type { JSX } from "preact";
import type { Flow, PlaceFlow } from "../../../core/trace/flow.ts";
import {
  estimateText,
  hopName,
  firstSeenText,
  isSlowest,
  namesIn,
  pieceText,
  shareText,
  stageTitles,
} from "../../../core/trace/flow-words.ts";
import { durationText, measuredText } from "../../../core/trace/time-words.ts";
import { NodeLink } from "../../parts/node-link.tsx";
import { darkTheme } from "../../state/preferences.ts";
import { FlowStatus } from "./flow-status.tsx";
import { stageColor } from "./stage-color.ts";

export function StageTable({ flow: { stages, path, ...flow } }: { readonly flow: Flow }): JSX.Element {
  const nameOf = namesIn(flow);
  if (stages.length === 0) return <p class="dim">There is no latency to split: {unendedText(flow)}.</p>;
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Where its time went">
        <table class="table table-cards">
          <thead>
            <tr>
              <th scope="col">Stage</th>
              <th scope="col" class="number">
                Time
              </th>
              <th scope="col">Of the latency</th>
            </tr>
          </thead>
          <tbody>
            {stages.map(({ stage, ms, share }) => (
              <tr key={`${stage} ${share === null}`}>
                <th scope="row">{stageTitles[stage]}</th>
                <td class="number" data-label="Time">
                  {durationText(ms)}
                </td>
                <td data-label="Of the latency">
                  {share === null ? (
                    <span class="dim">no part of it</span>
                  ) : (
                    <span class="bar-cell">
                      {shareText(share)}
                      <span class="bar-share" aria-hidden="true">
                        <span style={{ width: `${share * 100}%`, background: stageColor(stage, darkTheme.value) }} />
                      </span>
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {path.length === 0 ? null : (
        <p class="table-facts">
          Critical path: {path.map((piece) => pieceText(piece, nameOf)).join(" → ")}. Had one of these been shorter, it would
          have been there sooner.
        </p>
      )}
    </>
  );
}

export function HopTable({ flow }: { readonly flow: Flow }): JSX.Element {
  const nameOf = namesIn(flow);
  const { hops, slowestHop } = flow;
  if (hops.length === 0) return <p class="dim">There are no hops: it was seen by one node.</p>;
  const longest = Math.max(...hops.map(({ delay }) => delay.ms));
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="From node to node">
        <table class="table table-cards">
          <thead>
            <tr>
              <th scope="col">From → to</th>
              <th scope="col">Of</th>
              <th scope="col">Delay</th>
              <th scope="col">
                <span class="visually-hidden">How sure</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {hops.map((hop) => (
              <tr key={`${hop.of} ${hopName(hop, nameOf)}`}>
                <th scope="row">{hopName(hop, nameOf)}</th>
                <td>{hop.of}</td>
                <td>
                  <span class="bar-cell">
                    {estimateText(hop.delay)}
                    <span class="bar-share" aria-hidden="true">
                      <span style={{ width: `${longest <= 0 ? 0 : Math.max(0, (hop.delay.ms / longest) * 100)}%` }} />
                    </span>
                  </span>
                </td>
                <td>
                  {isSlowest(flow, hop) ? <strong>slowest</strong> : hop.isUncertain ? <span class="dim">uncertain</span> : ""}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="table-facts dim">
        Nobody sees a message on its way: a hop leads from the last node that had it before, by the order of their times. It is
        uncertain where the times are nearer than clocks and polling may be wrong.
        {slowestHop.hop === null ? ` Which was the slowest cannot be told: ${slowestHop.reason}.` : ""}
      </p>
    </>
  );
}

export function NodeTable({ flow: { places, excluded, ...flow } }: { readonly flow: Flow }): JSX.Element {
  const nameOf = namesIn({ places, excluded });
  const isBlock = flow.kind === "block";
  return (
    <>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Nodes that saw it">
        <table class="table table-cards">
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">Client</th>
              <th scope="col" class="number">
                First seen
              </th>
              <th scope="col">How</th>
              <th scope="col">Clock</th>
              <th scope="col">State</th>
              {isBlock ? null : (
                <th scope="col" class="number">
                  Block
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {places.map(({ place, clock, status, blockNumber, ...one }) => (
              <tr key={one.name}>
                <th scope="row">
                  <NodeLink id={place.node} />
                </th>
                <td data-label="Client">{place.client}</td>
                <td class="number" data-label="First seen">
                  {afterFirstText({ clock, ...one })}
                </td>
                <td>{howText(one)}</td>
                <td data-label="Clock">{clock === null ? "not compared" : clockText(clock.offsetMs, clock.errorMs)}</td>
                <td>
                  <FlowStatus status={status} />
                </td>
                {isBlock ? null : (
                  <td class="number" data-label="Block">
                    {blockNumber?.toLocaleString("en") ?? "–"}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {excluded.map(({ place, reason }) => (
        <p key={nameOf(place)} class="table-facts">
          Left out: {nameOf(place)}, because {reason}.
        </p>
      ))}
    </>
  );
}

function unendedText({ kind, places }: Pick<Flow, "kind" | "places">): string {
  if (kind === "block") return "no node has served it as canonical";
  const isIncluded = places.some(({ blockHash }) => blockHash !== null);
  return isIncluded ? "when it was first seen is not known" : "it is in no block";
}

/** After the first node, of which it is none. */
function afterFirstText(place: Pick<PlaceFlow, "firstSeenMs" | "clock" | "resolutionMs">): string {
  if (place.firstSeenMs === 0) return "first";
  return `${place.firstSeenMs === null ? "" : "+"}${firstSeenText(place)}`;
}

/** How it was first seen; empty where the node does not say. */
function howText({
  isSubmittedHere,
  method,
  resolutionMs,
}: Pick<PlaceFlow, "isSubmittedHere" | "method" | "resolutionMs">): string {
  const late = resolutionMs === null ? "" : `, up to ${durationText(resolutionMs)} late`;
  const how = { poll: `asked${late}`, block: "with its block", subscription: "told by the client" };
  return [...(isSubmittedHere ? ["submitted here"] : []), ...(method === null ? [] : [how[method]])].join("; ");
}

/** The other way round than an offset: how far this clock is from the hub's. */
function clockText(offsetMs: number, errorMs: number): string {
  if (offsetMs === 0 && errorMs === 0) return "the hub's own";
  return `${measuredText(Math.abs(offsetMs), errorMs)} ${offsetMs > 0 ? "behind" : "ahead"}, corrected`;
}
