/** One picture: doors on the left, this server in the middle, destinations on the right, each with how much flows now. */
import type { ComponentChildren, JSX } from "preact";
import {
  destinationWords,
  doorWords,
  itemsOf,
  perSecond,
  type Destination,
  type Door,
  type Forwarding,
  type Looks,
  type Receiving,
} from "../../data/flow.ts";
import { status } from "../../data/server.ts";
import { formatQuantity, quantityText } from "../../format/quantity.ts";
import { spanText } from "../../format/time.ts";
import { pageNow } from "../../parts/page-now.ts";
import { useFreshStatus } from "../../parts/use-fresh-status.ts";

interface Props {
  readonly incoming: Looks<Receiving>;
  readonly outgoing: Looks<Forwarding>;
}

export function FlowPicture({ incoming, outgoing }: Props): JSX.Element {
  const { doors } = incoming.now;
  const { destinations } = outgoing.now;
  return (
    <div class="flow">
      <ul class="flow-side" aria-label="Comes in">
        <CollectedBox />
        {doors.map((door) => (
          <DoorBox key={door.door} door={door} incoming={incoming} />
        ))}
        {doors.length === 0 ? <EmptyBox>Nobody sends here, and nothing is scraped.</EmptyBox> : null}
      </ul>
      <ServerBox receiving={incoming.now} />
      <ul class="flow-side flow-out" aria-label="Goes out">
        {destinations.map((destination) => (
          <DestinationBox key={destination.id} destination={destination} outgoing={outgoing} />
        ))}
        {destinations.length === 0 ? <EmptyBox>Nothing is sent on.</EmptyBox> : null}
      </ul>
    </div>
  );
}

/** What the node's own collectors write. */
function CollectedBox(): JSX.Element {
  const server = status.value;
  if (server === null || !server.collect.collecting) return <></>;
  const rate = (server.collect.series * 1000) / server.samplingIntervalMs;
  return (
    <FlowBox title="This node's collectors" rate={rate} state="ok">
      {quantityText(server.collect.series, "count")} series
    </FlowBox>
  );
}

function DoorBox({ door, incoming }: { readonly door: Door; readonly incoming: Looks<Receiving> }): JSX.Element {
  const find = ({ doors }: Receiving): Door | undefined => doors.find((one) => one.door === door.door);
  const rateOf = (count: (one: Door) => number): number | null =>
    perSecond(incoming, (looked) => {
      const found = find(looked);
      return found === undefined ? 0 : count(found);
    });
  const refused = rateOf((one) => Object.values(one.refused).reduce((sum, count) => sum + count, 0)) ?? 0;
  const turnedAway = rateOf(({ requests }) => requests.refused + requests.overloaded + requests.failed) ?? 0;
  const trouble = [
    ...(refused > 0 ? [`${quantityText(refused, "count/s")} refused`] : []),
    ...(turnedAway > 0 ? [`${quantityText(turnedAway, "count/s")} requests turned away`] : []),
  ];
  return (
    <FlowBox title={doorWords[door.door]} rate={rateOf(itemsOf)} state={trouble.length === 0 ? "ok" : "warning"}>
      {trouble.length > 0
        ? trouble.join(", ")
        : quantityText(
            rateOf((one) => one.bytes),
            "bytes/s",
          )}
    </FlowBox>
  );
}

interface DestinationProps {
  readonly destination: Destination;
  readonly outgoing: Looks<Forwarding>;
}

function DestinationBox({ destination, outgoing }: DestinationProps): JSX.Element {
  const { id, kind, address, failing, pendingSamples, pendingSinceMs } = destination;
  const rate = perSecond(outgoing, ({ destinations }) => destinations.find((one) => one.id === id)?.sent);
  const waits = pendingSinceMs === null ? "" : `, ${spanText(pageNow() - pendingSinceMs)} behind`;
  return (
    <FlowBox title={`${destinationWords[kind]} to ${hostOf(address)}`} rate={rate} state={failing === null ? "ok" : "critical"}>
      {failing ?? `${quantityText(pendingSamples, "count")} samples wait${waits}`}
    </FlowBox>
  );
}

function ServerBox({ receiving }: { readonly receiving: Receiving }): JSX.Element {
  const old = useFreshStatus();
  const server = status.value;
  if (server === null) return <></>;
  const { store } = server.collect;
  return (
    <div class="flow-server">
      <strong>{server.node.id}</strong>
      <span>{quantityText(store.series, "count")} series</span>
      <span class="dim">{quantityText(receiving.seriesHeld, "count")} of them received</span>
      <span class="dim">{quantityText(store.bytes, "bytes")} on the disk</span>
      {old.value === "" ? null : <span class="error-text">{old.value}</span>}
    </div>
  );
}

interface BoxProps {
  readonly title: string;
  /** Items per second; `null` while it is not known. */
  readonly rate: number | null;
  readonly state: "ok" | "warning" | "critical";
  readonly children: ComponentChildren;
}

/** The line towards the server is drawn by the style sheet: it moves while something flows. */
function FlowBox({ title, rate, state, children }: BoxProps): JSX.Element {
  const quantity = formatQuantity(rate, "count/s");
  return (
    <li class="flow-box" data-state={state} data-flows={rate !== null && rate > 0}>
      <span class="clip">{title}</span>
      <span class="quantity">
        {quantity.text}
        <small>{quantity.unit}</small>
      </span>
      <small class={state === "ok" ? "dim" : "flow-trouble"}>{children}</small>
    </li>
  );
}

function EmptyBox({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <li class="flow-box flow-empty dim">{children}</li>;
}

function hostOf(address: string): string {
  return URL.parse(address)?.host ?? address;
}
