/**
 * Clients that run on this machine and are not configured: whoever listens at a usual port of a kind is asked once what it is. Who is no client
 * is left alone for ten minutes, or until another program listens there.
 */
import type { Clock } from "../../../core/clock.ts";
import type { HttpEndpoint } from "../../../io/http-client.ts";
import type { HomeFile } from "../../../io/home-files.ts";
import type { ClientKind } from "./client-kind.ts";
import type { Identification } from "./identify.ts";
import type { LocalDoor } from "./local-doors.ts";

/** Where a client was found. */
export interface FoundClient {
  readonly kind: ClientKind;
  /** Its RPC's port, or that of its metrics where it has no RPC: the same when the client is started anew. */
  readonly port: number;
  readonly rpc: HttpEndpoint | null;
  readonly ws: URL | null;
  readonly metrics: HttpEndpoint | null;
  /** Of the socket at `port`: another one when the client was started anew. */
  readonly inode: number;
}

/** Something listens where clients do, and is none that can be watched. */
export interface NotFound {
  readonly port: number;
  readonly outcome: "locked" | "stranger" | "silent";
  readonly detail: string;
  /** The cookie that would open it, where this process may not read it. */
  readonly denied: string | null;
}

export interface Discovered {
  readonly clients: readonly FoundClient[];
  readonly others: readonly NotFound[];
}

type Identify = (endpoint: HttpEndpoint, kinds: readonly ClientKind[], signal: AbortSignal) => Promise<Identification>;

export interface DiscoveryOptions {
  readonly kinds: readonly ClientKind[];
  readonly clock: Clock;
  /** For one question. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly identifyRpc: Identify;
  readonly identifyMetrics: Identify;
  /** The cookie for an RPC of a kind that has these below a home directory. */
  readonly findCookie: (paths: readonly string[]) => HomeFile;
}

export interface Discovery {
  /** `doors`: what is listened on. `taken`: ports of configured clients, which are not asked. */
  look(doors: ReadonlyMap<number, LocalDoor>, taken: ReadonlySet<number>): Promise<Discovered>;
}

/** When one is asked again. Who was silent, or wanted a password, may be a client that starts, or whose cookie may be read soon. */
const againMs = { stranger: 600_000, silent: 60_000, locked: 60_000 } as const;
/** Who stays silent is asked less and less: it may be a program that cannot bear strangers. */
const againMsMax = 600_000;

/** All ports at which a client of these kinds may be found. */
export function usualPorts(kinds: readonly ClientKind[]): ReadonlySet<number> {
  return new Set(kinds.flatMap(({ ports }) => (ports.rpc.length > 0 ? ports.rpc : ports.metrics.map(({ port }) => port))));
}

interface Memory {
  readonly inode: number;
  readonly askedMs: number;
  /** How often in a row it was silent before. */
  readonly silences: number;
  readonly said: Identification;
}

function againAfterMs({ askedMs, said: { outcome }, silences }: Memory): number {
  if (outcome === "client") return Number.POSITIVE_INFINITY;
  return (
    askedMs + (outcome === "silent" ? Math.min(againMsMax, againMs.silent * 2 ** Math.min(silences, 10)) : againMs[outcome])
  );
}

export function openDiscovery(options: DiscoveryOptions): Discovery {
  const { kinds, clock, timeoutMs, signal, findCookie } = options;
  const memories = new Map<string, Memory>();

  /** Asks, unless it is known what it says. */
  const said = async ({ inode }: LocalDoor, key: string, ask: () => Promise<Identification>): Promise<Identification> => {
    const before = memories.get(key);
    const known = before?.inode === inode ? before : null;
    const nowMs = clock.monotonicMs();
    if (known !== null && nowMs < againAfterMs(known)) return known.said;
    const answer = await ask();
    const silences = known?.said.outcome === "silent" ? known.silences + 1 : 0;
    memories.set(key, { inode, askedMs: nowMs, said: answer, silences });
    return answer;
  };

  const lookForRpc = async (door: LocalDoor): Promise<FoundClient | NotFound | null> => {
    const candidates = kinds.filter(({ ports }) => ports.rpc.includes(door.port));
    if (candidates.length === 0) return null;
    const cookies = candidates.flatMap(({ cookiePaths }) => cookiePaths?.(door.port) ?? []);
    const { readable, denied } = findCookie(cookies);
    const rpc = { url: urlOf(door), timeoutMs, ...(readable === null ? {} : { cookieFile: readable }) };
    const answer = await said(door, `${door.port}`, () => options.identifyRpc(rpc, candidates, signal));
    if (answer.outcome !== "client") return { ...answer, port: door.port, denied };
    return { kind: answer.kind, port: door.port, rpc, ws: null, metrics: null, inode: door.inode };
  };

  /** Of kinds that have no RPC. */
  const lookForMetrics = async (door: LocalDoor): Promise<FoundClient | NotFound | null> => {
    const candidates = kinds.filter(({ ports }) => ports.rpc.length === 0 && metricsPath(ports, door.port) !== null);
    const [first] = candidates;
    if (first === undefined) return null;
    const metrics = { url: urlOf(door, metricsPath(first.ports, door.port) ?? ""), timeoutMs };
    const answer = await said(door, metrics.url.href, () => options.identifyMetrics(metrics, candidates, signal));
    if (answer.outcome !== "client") return { ...answer, port: door.port, denied: null };
    return { kind: answer.kind, port: door.port, rpc: null, ws: null, metrics, inode: door.inode };
  };

  /** Where there are two clients of a kind one cannot say whose the metrics are. */
  const withMetrics = async (
    client: FoundClient,
    all: readonly FoundClient[],
    doors: ReadonlyMap<number, LocalDoor>,
  ): Promise<FoundClient> => {
    if (client.rpc === null || all.filter(({ kind }) => kind === client.kind).length > 1) return client;
    for (const { port, path, takesFromOthers } of client.kind.ports.metrics) {
      const door = doors.get(port);
      if (door === undefined || takesFromOthers === true) continue;
      const metrics = { url: urlOf(door, path), timeoutMs };
      const answer = await said(door, metrics.url.href, () => options.identifyMetrics(metrics, [client.kind], signal));
      if (answer.outcome === "client") return { ...client, metrics };
    }
    return client;
  };

  return {
    async look(doors, taken) {
      const free = new Map([...doors].filter(([port]) => !taken.has(port)));
      const looked = [...free.values()].flatMap((door) => [lookForRpc(door), lookForMetrics(door)]);
      const found = (await Promise.all(looked)).filter((one) => one !== null).toSorted((a, b) => a.port - b.port);
      const clients = found.filter((one) => "kind" in one).map((client) => ({ ...client, ws: webSocketOf(client, free) }));
      return {
        clients: await Promise.all(clients.map((client) => withMetrics(client, clients, free))),
        others: found.filter((one) => "outcome" in one),
      };
    },
  };
}

function urlOf({ host, port }: LocalDoor, path = "/"): URL {
  return new URL(path, `http://${host}:${port}`);
}

function metricsPath({ metrics }: ClientKind["ports"], port: number): string | null {
  return metrics.find((one) => one.port === port)?.path ?? null;
}

function webSocketOf({ kind, rpc, port }: FoundClient, doors: ReadonlyMap<number, LocalDoor>): URL | null {
  const { ws } = kind.ports;
  if (ws === undefined || rpc === null) return null;
  const door = ws === "rpc" ? doors.get(port) : ws.map((one) => doors.get(one)).find((one) => one !== undefined);
  return door === undefined ? null : new URL(`ws://${door.host}:${door.port}`);
}
