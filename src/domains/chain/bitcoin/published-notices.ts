/**
 * What a client of the Bitcoin Core family publishes over ZeroMQ, where it was started with that: each transaction that comes into its pool or leaves
 * it, and each block, as it happens. Without it both are found by asking. A publisher drops what a listener is too slow for, so the pool and the
 * head are looked at all the same. Source: Bitcoin Core doc/zmq.md, src/zmq/zmqpublishnotifier.cpp: hashes are in the order in which they are displayed.
 */
import type { z } from "zod";
import { isOwnHost } from "../../../io/own-host.ts";
import { subscribeZmq } from "../../../io/zmq-subscriber.ts";
import { loop } from "../client/loop.ts";
import type { Question } from "../client/optional.ts";
import { zmqAnswer } from "./answers.ts";
import type { Watched } from "./follow-chain.ts";

export interface NoticeListener {
  /** Whether transactions are told of from now on. */
  readonly onTransactions: (areTold: boolean) => void;
  readonly onAdded: (id: string) => void;
  /** It has left, and is in no block. */
  readonly onRemoved: (id: string) => void;
  /** There is this block. */
  readonly onBlock: (hash: string) => void;
}

export interface Notice {
  readonly what: "added" | "removed" | "block";
  readonly hash: string;
}

const notifications: Question = {
  name: "getzmqnotifications",
  metrics: [],
  fix: "A client that is built with ZeroMQ tells of transactions as they come: start it with -zmqpubsequence=tcp://127.0.0.1:28332.",
};
/** Between two questions whether something is published. */
const intervalMs = 60_000;
const hashBytes = 32;

/** Topic → its type in the client's answer. */
const topicsOf = { sequence: "pubsequence", hashtx: "pubhashtx", hashblock: "pubhashblock" } as const;
type Topic = keyof typeof topicsOf;

/** A message as what it tells; `null` for one that tells nothing, or is none. */
export function noticeOf([topicBytes, body]: readonly Uint8Array[]): Notice | null {
  if (topicBytes === undefined || body === undefined || body.length < hashBytes) return null;
  const topic = Buffer.from(topicBytes).toString("latin1");
  const hash = Buffer.from(body.subarray(0, hashBytes)).toString("hex");
  if (topic === "hashtx") return { what: "added", hash };
  if (topic === "hashblock") return { what: "block", hash };
  if (topic !== "sequence") return null;
  const label = String.fromCharCode(body[hashBytes] ?? 0);
  const what = ({ A: "added", R: "removed", C: "block" } as const)[label];
  return what === undefined ? null : { what, hash };
}

export interface Publisher {
  readonly host: string;
  readonly port: number;
  readonly topics: readonly Topic[];
}

/**
 * Where to listen for what: `sequence` tells all, in its place `hashtx` and `hashblock`. Only at the host of the client's RPC, which is configured or was
 * found on this machine: a client is not to send us to others. An address without a host of its own (`*`, `0.0.0.0`) is there, too.
 */
export function publishersOf(published: z.infer<typeof zmqAnswer>, rpcHost: string): readonly Publisher[] {
  const firstOf = (topic: Topic) =>
    published
      .flatMap(({ type, address }) => (type === topicsOf[topic] ? [placeOf(address, rpcHost)] : []))
      .flatMap((place) => (place === null ? [] : [{ topic, ...place }]))
      .slice(0, 1);
  const sequence = firstOf("sequence");
  const places = sequence.length > 0 ? sequence : [...firstOf("hashtx"), ...firstOf("hashblock")];
  const publishers: { readonly host: string; readonly port: number; readonly topics: Topic[] }[] = [];
  for (const { topic, host, port } of places) {
    const same = publishers.find((one) => one.host === host && one.port === port);
    if (same === undefined) publishers.push({ host, port, topics: [topic] });
    else same.topics.push(topic);
  }
  return publishers;
}

function placeOf(address: string, rpcHost: string): { readonly host: string; readonly port: number } | null {
  const [, named = "", port = ""] = /^tcp:\/\/(.+):(\d{1,5})$/.exec(address) ?? [];
  if (!(Number(port) >= 1 && Number(port) <= 65_535)) return null;
  const plain = (host: string): string => host.replace(/^\[|\]$/g, "").toLowerCase();
  const own = plain(rpcHost);
  const host = ["*", "0.0.0.0", "::"].includes(plain(named)) ? own : plain(named);
  return host === own || (isOwnHost(host) && isOwnHost(own)) ? { host, port: Number(port) } : null;
}

/** Resolves when the client is not watched any more; never rejects. */
export async function watchPublished({ context, ask, optional }: Watched, listener: NoticeListener): Promise<void> {
  const { rpc: endpoint } = context.target;
  if (endpoint === null || !context.chain.tracing.enabled) return;
  const listening = new Map<string, AbortController>();
  const ended = new Set<Promise<void>>();

  const take = (parts: readonly Uint8Array[]): void => {
    const notice = noticeOf(parts);
    if (notice?.what === "added") listener.onAdded(notice.hash);
    else if (notice?.what === "removed") listener.onRemoved(notice.hash);
    else if (notice?.what === "block") listener.onBlock(notice.hash);
  };
  const listen = async ({ host, port, topics }: Publisher, signal: AbortSignal): Promise<void> => {
    const source = `ZeroMQ at port ${port}`;
    const tell = (areTold: boolean): void => {
      if (topics.some((topic) => topic !== "hashblock")) listener.onTransactions(areTold);
    };
    const onLive = (): void => {
      context.present(source);
      tell(true);
    };
    const onLost = ({ message: detail }: Error): void => {
      context.absent(source, [], { reason: "stale", detail });
      tell(false);
    };
    await subscribeZmq({ host, port, topics, timeoutMs: endpoint.timeoutMs, signal, onMessage: take, onLive, onLost });
    context.present(source);
    tell(false);
  };
  const look = async (): Promise<void> => {
    const published = await optional(notifications, () => ask.rpc(notifications.name, [], zmqAnswer));
    const publishers = new Map(publishersOf(published ?? [], endpoint.url.hostname).map((one) => [JSON.stringify(one), one]));
    for (const [key, end] of listening) {
      if (publishers.has(key)) continue;
      end.abort();
      listening.delete(key);
    }
    for (const [key, publisher] of publishers) {
      if (listening.has(key)) continue;
      const end = new AbortController();
      listening.set(key, end);
      const done = listen(publisher, AbortSignal.any([context.signal, end.signal])).finally(() => ended.delete(done));
      ended.add(done);
    }
  };

  await loop(context, { name: "ZeroMQ notifications", intervalMs }, look);
  await Promise.all(ended);
}
