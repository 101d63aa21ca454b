/** Three litecoind in a line with an agent beside each, whose clocks differ, and one hub; and a witness of the test's own at each node. */
import { type HubProcess, startHub } from "../../../bench/support/hub-process.ts";
import { startAgent } from "./agent-process.ts";
import { type LineName, lineNames, type LitecoinLine, startLitecoinLine } from "./litecoin-line.ts";
import { type OwnWatch, watchNode } from "./own-watch.ts";
import { until } from "./until.ts";

export interface TracedLine extends AsyncDisposable {
  readonly line: LitecoinLine;
  readonly hub: HubProcess;
  /** By this process's clock, which is the hub's. */
  readonly witnesses: Readonly<Record<LineName, OwnWatch>>;
}

export interface TracedLineOptions {
  /** How far an agent's clock is ahead of the machine's, ms. */
  readonly clockShifts: Readonly<Partial<Record<LineName, number>>>;
  /** Before anybody watches: the chain as it is found. */
  readonly prepare: (line: LitecoinLine) => Promise<void>;
}

/** Blocks, its own included, after which a transaction is confirmed. */
export const confirmations = 3;
/** A node that is stopped is missed after a second. */
const requestTimeoutMs = 1000;
const pollMs = 250;

/** Resolves when all is watched, and the hub knows how far the clocks are off. */
export async function startTracedLine({ clockShifts, prepare }: TracedLineOptions): Promise<TracedLine> {
  await using started = new AsyncDisposableStack();
  const line = started.use(await startLitecoinLine());
  await prepare(line);
  const hub = started.use(await startHub({ logging: { level: "error" } }));
  const watchFrom = async (node: LineName): Promise<OwnWatch> => {
    const { rpcUrl, cookieFile } = line.nodes[node];
    const client = { name: "litecoind", kind: "litecoind", rpc_url: rpcUrl, cookie_file: cookieFile };
    const chain = {
      discover: false,
      poll_interval_ms: pollMs,
      request_timeout_ms: requestTimeoutMs,
      tracing: { confirmations },
      clients: [client],
    };
    const settings = { chain };
    const clockShiftMs = clockShifts[node] ?? 0;
    started.use(await startAgent({ hub, node, tokenFile: hub.addAgent(node), settings, clockShiftMs }));
    const witness = await watchNode(line.nodes[node]);
    started.defer(() => witness.stop());
    return witness;
  };
  const [a, b, c] = await Promise.all([watchFrom("a"), watchFrom("b"), watchFrom("c")]);
  await until(
    "the hub knows the agents' clocks",
    60,
    () => clocksOf(hub),
    (clocks) => clocks.length === lineNames.length,
  );
  // Each tells of the block that it found when it began.
  for (const node of lineNames)
    await until(
      `${node} is watched`,
      60,
      () => eventsOf(hub, node, "chain.block"),
      ({ length }) => length > 0,
    );
  const running = started.move();
  return { line, hub, witnesses: { a, b, c }, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface FleetAnswer {
  readonly nodes: readonly {
    readonly id: string;
    readonly agent: { readonly state: { readonly clock: ClockTold | null } | null } | null;
  }[];
}

interface ClockTold {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** Of the agents whose clock is known. */
export async function clocksOf(hub: HubProcess): Promise<readonly (ClockTold & { readonly node: string })[]> {
  const { nodes } = await hub.json<FleetAnswer>("/api/v1/performance/nodes?limit=10");
  return nodes.flatMap(({ id, agent }) => (agent?.state?.clock ? [{ node: id, ...agent.state.clock }] : []));
}

interface EventsAnswer {
  readonly events: readonly {
    readonly key: string;
    readonly timeMs: number;
    readonly fields: Readonly<Record<string, unknown>>;
  }[];
}

/** Newest first. */
export async function eventsOf(hub: HubProcess, node: LineName, kind: string): Promise<EventsAnswer["events"]> {
  const { events } = await hub.json<EventsAnswer>(`/api/v1/performance/nodes/${node}/events?kind=${kind}&limit=200`);
  return events;
}
