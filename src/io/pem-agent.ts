/**
 * Kept-open TLS connections with authorities and a certificate from PEM files that others renew: the files are looked at again while the agent is
 * used, and where they have changed another agent takes over. What runs ends on the one before. Secrets are read at each request
 * (`secret-file.ts`); a handshake is dear, so that connections, and with them certificates, are kept.
 */
import { readFile } from "node:fs/promises";
import { Agent, type AgentOptions } from "node:https";
import { createSecureContext } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { type Clock, systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";

export interface PemFiles {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** What is in the files. */
export interface Pem {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface PemAgentOptions {
  readonly files: PemFiles;
  /** Besides what is in the files. */
  readonly agent: AgentOptions;
  /** What was in the files just now; left out: they are read when the agent is first asked for. */
  readonly first?: Pem;
  readonly clock?: Pick<Clock, "monotonicMs">;
}

export interface PemAgent {
  /** For one request. Error: `FILE_UNUSABLE` where the files cannot be read, and never could. */
  current(): Promise<Agent>;
  /** A request has failed, maybe because the files are others by now: they are looked at again before their time. */
  distrust(): void;
  /** Why the files cannot be used as they are now, so that the ones before are in use; `null` where they can be. */
  readonly problem: string | null;
  /** Also ends what runs. */
  close(): void;
}

/** A renewal comes hours before the expiry. What cannot wait, an authority that was replaced, makes requests fail, and is looked at sooner. */
const lookMs = 10_000;
/** Between two looks, however many requests fail: a pool of targets that are away must not read files all the time. */
const distrustfulLookMs = 1000;

export function openPemAgent({ files, agent: options, first, clock = systemClock }: PemAgentOptions): PemAgent {
  const make = (pem: Pem): Agent => new Agent({ ...options, keepAlive: true, ...pem });
  let known: Pem | null = first ?? null;
  let agent: Agent | null = known === null ? null : make(known);
  let lookedAtMs = clock.monotonicMs();
  let isDistrusted = false;
  let isClosed = false;
  let problem: string | null = null;
  let looking: Promise<Agent> | null = null;
  /** Those before, as long as something runs on them. */
  let retired: readonly Agent[] = [];

  const take = (pem: Pem): Agent => {
    problem = null;
    if (agent !== null) {
      if (isClosed || isDeepStrictEqual(pem, known)) return agent;
      problem = problemOf({ ...options, ...pem }, files);
      if (problem !== null) return agent;
      retire(agent);
      retired = [...retired.filter(isBusy), agent];
    }
    known = pem;
    return (agent = make(pem));
  };
  const look = async (): Promise<Agent> => {
    try {
      const pem = await readPem(files);
      return take(pem);
    } catch (error) {
      if (agent === null) throw error;
      problem = error instanceof Error ? error.message : String(error);
      return agent;
    } finally {
      looking = null;
      isDistrusted = false;
      lookedAtMs = clock.monotonicMs();
    }
  };

  return {
    current() {
      const isDue = clock.monotonicMs() - lookedAtMs >= (isDistrusted ? distrustfulLookMs : lookMs);
      if (agent !== null && !isDue) return Promise.resolve(agent);
      return (looking ??= look());
    },
    distrust: () => void (isDistrusted = true),
    get problem() {
      return problem;
    },
    close() {
      isClosed = true;
      for (const one of retired) one.destroy();
      agent?.destroy();
    },
  };
}

/** Its connections end as soon as nothing runs on them. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

function isBusy({ sockets, requests }: Agent): boolean {
  return Object.keys(sockets).length > 0 || Object.keys(requests).length > 0;
}

/** A renewal takes several steps, so that a certificate may lie beside the key of the one before. Only OpenSSL can tell. */
function problemOf(options: AgentOptions, { caFile, certFile, keyFile }: PemFiles): string | null {
  try {
    createSecureContext(options);
    return null;
  } catch (error) {
    const names = [caFile, certFile, keyFile].filter((file) => file !== undefined);
    return `${names.join(", ")} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function readPem({ caFile, certFile, keyFile }: PemFiles): Promise<Pem> {
  return {
    ...(caFile === undefined ? {} : { ca: await readBytes(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readBytes(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readBytes(keyFile) }),
  };
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChainPulseError("FILE_UNUSABLE", `${file} cannot be read: ${reason}`, { cause: error });
  }
}
