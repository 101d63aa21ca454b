/** One look at the clients of this node without watching them: what answers as what, for `doctor`. */
import { systemClock } from "../../../core/clock.ts";
import type { Config } from "../../../core/config.ts";
import { findHomeFile } from "../../../io/home-files.ts";
import { describeKind } from "../clients/describe-client.ts";
import type { ClientKind } from "./client-kind.ts";
import { addressName, configuredTarget } from "./client-target.ts";
import { openDiscovery } from "./discovery.ts";
import { takenPorts } from "./find-clients.ts";
import { lockedAbsence } from "./found-clients.ts";
import { identifyMetrics, identifyRpc } from "./identify.ts";
import { kindFix } from "./kind-problems.ts";
import type { LocalDoor } from "./local-doors.ts";

export interface ClientLook {
  /** Its configured name, or its address. */
  readonly name: string;
  /** Title of its kind; `null`: it is not known. */
  readonly title: string | null;
  /** What the mapping rests on, and what cannot be had of it; or why it is not watched. */
  readonly details: readonly string[];
  /** What to do, where it is not watched. */
  readonly fix: string | null;
  /** It was configured, so that it should answer. */
  readonly isConfigured: boolean;
}

export interface LookOptions {
  readonly config: Config;
  readonly kinds: readonly ClientKind[];
  readonly doors: ReadonlyMap<number, LocalDoor>;
  readonly signal: AbortSignal;
}

/** Each configured client, then what is found. Rejects only where a PEM file cannot be read. */
export async function lookForClients(options: LookOptions): Promise<readonly ClientLook[]> {
  const { chain } = options.config;
  if (!chain.enabled) return [];
  const configured = await Promise.all(chain.clients.map((client) => lookAtConfigured(client, options)));
  return [...configured, ...(chain.discover ? await lookAround(options) : [])];
}

async function lookAtConfigured(client: Config["chain"]["clients"][number], options: LookOptions): Promise<ClientLook> {
  const { config, kinds, signal } = options;
  const name = client.name ?? addressName(client);
  const { rpc, metrics } = configuredTarget(client, { chain: config.chain, role: config.node.type, name });
  const among = client.kind === "auto" ? kinds : kinds.filter(({ id }) => id === client.kind);
  const unknown = (detail: string, fix: string): ClientLook => ({
    name,
    title: null,
    details: [detail],
    fix,
    isConfigured: true,
  });
  if (among.length === 0) return unknown(`no kind is called ${client.kind}`, kindFix(client.kind, kinds));
  const endpoint = rpc ?? metrics;
  if (endpoint === null) return unknown("it has neither rpc_url nor metrics_url", "Set one of them.");
  const answer = await (rpc === null ? identifyMetrics : identifyRpc)(endpoint, among, signal);
  if (answer.outcome === "client") return known(name, answer.kind, true);
  return unknown(
    answer.detail,
    "See whether the client runs, and whether its address, its kind and its credentials are right.",
  );
}

async function lookAround({ config, kinds, doors, signal }: LookOptions): Promise<readonly ClientLook[]> {
  const timeoutMs = Math.min(3000, config.chain.request_timeout_ms);
  const findCookie = (paths: readonly string[]) => findHomeFile(paths);
  const discovery = openDiscovery({ kinds, clock: systemClock, timeoutMs, signal, identifyRpc, identifyMetrics, findCookie });
  const { clients, others } = await discovery.look(doors, takenPorts(config.chain));
  const locked = others.filter(({ outcome }) => outcome === "locked");
  return [
    ...clients.map(({ kind, rpc, metrics }) => known((rpc ?? metrics)?.url.host ?? "", kind, false)),
    ...locked.map((one): ClientLook => {
      const { detail, fix = null } = lockedAbsence(one);
      return { name: `port ${one.port}`, title: null, details: [detail], fix, isConfigured: false };
    }),
  ];
}

function known(name: string, kind: ClientKind, isConfigured: boolean): ClientLook {
  return { name, title: kind.title, details: describeKind(kind), fix: null, isConfigured };
}
