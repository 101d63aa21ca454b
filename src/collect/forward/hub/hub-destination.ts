/**
 * The hub as a destination of the outbox (docs/agent-protocol.md). A session is begun with the first batch and lasts while all goes well;
 * what goes wrong ends it, and the next batch tells its series anew. What the hub has stored already it says itself, so that a batch
 * whose acknowledgement was lost is not sent a second time.
 */
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import type { AgentNode, AgentState } from "../../../core/agent-record.ts";
import type { Clock } from "../../../core/clock.ts";
import type { HubConfig } from "../../../core/config-hub.ts";
import type { Labels } from "../../../core/labels.ts";
import type { Secret } from "../../../core/secret.ts";
import { shownWithPath } from "../../../core/shown-address.ts";
import type { SeriesRef } from "../../../core/storage.ts";
import { readBytes } from "../../../io/file-tree.ts";
import { openPinnedConnection, type PinnedConnection, type PinnedResponse } from "../../../io/pinned-connection.ts";
import { readSecretFile } from "../../../io/secret-file.ts";
import { BatchEncoder } from "../../agent-protocol/batch-encoder.ts";
import {
  agentPaths,
  type BatchAnswer,
  batchAnswer,
  batchContentType,
  clockHeaders,
  helloAnswer,
  type HelloRequest,
  protocolVersion,
} from "../../agent-protocol/exchange.ts";
import type { OutboxRecord } from "../../../store/outbox/outbox-record.ts";
import { Backoff } from "../backoff.ts";
import type { Destination, SendOutcome } from "../destination.ts";
import { hubPlace } from "../place-of.ts";
import type { SpanFeed } from "../spans/stored-spans.ts";
import { ClockFilter } from "./clock-filter.ts";
import { HubRefusal, refusalOf } from "./hub-answer.ts";
import { type HubPagesOptions, startHubPages } from "./hub-pages.ts";

export interface HubDestinationOptions {
  readonly hub: HubConfig & { readonly url: string };
  readonly node: AgentNode & { readonly id: string };
  /** Identity of the outbox whose numbers the records have. */
  readonly outbox: string;
  /** What waits in it, and what was lost. */
  readonly queue: () => Pick<AgentState, "buffer" | "droppedSamples" | "gap">;
  readonly clock: Clock;
  /** 0 ≤ random < 1; for tests. */
  readonly random?: () => number;
  /** What goes to the hub beside the samples. */
  readonly beside?: Pick<HubPagesOptions, "events" | "wait" | "logger"> & { readonly spans: SpanFeed };
}

export interface HubDestination extends Destination {
  /** What the agent knows of the connection: for its own status. */
  facts(): Pick<AgentState, "clock" | "tlsGroup">;
}

const maxSamples = 50_000;
const timeoutMs = 30_000;
/** The hub holds all series that a session has told; what has gone since is let go with the session. */
const sessionMsMax = 3_600_000;
/** Level 1 of zstd: half a percent larger than level 3 on planes of bytes, and half the time. */
const compress = promisify(zstdCompress);
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

type LabelsOf = (ref: SeriesRef) => Labels | undefined;

interface Session {
  readonly encoder: BatchEncoder;
  readonly seriesMax: number;
  readonly token: Secret | null;
  readonly endsMs: number;
  /** A batch that was encoded, and whose fate is not known: it is sent again as it is. */
  unsent: { readonly lastSeq: number; readonly body: Uint8Array } | null;
}

export function createHubDestination(options: HubDestinationOptions): HubDestination {
  const { hub, node, outbox, queue, clock, random = Math.random } = options;
  const times = new ClockFilter();
  let connection: PinnedConnection | null = null;
  let session: Session | null = null;
  /** Records up to this one are stored by the hub. */
  let storedSeq = -1;
  const backoff = new Backoff(random);

  const disconnect = (): void => {
    connection?.close();
    connection = null;
  };
  const post = async (
    path: string,
    headers: Record<string, string>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<PinnedResponse> => {
    connection ??= connect(hub);
    const requestSentMs = clock.nowMs();
    const response = await connection.post(path, headers, body, signal);
    times.add({
      requestSentMs,
      requestReceivedMs: Number(response.headers[clockHeaders.received]),
      answerSentMs: Number(response.headers[clockHeaders.sent]),
      answerReceivedMs: clock.nowMs(),
    });
    return response;
  };
  const postOrThrow: typeof post = async (path, ...request) => {
    const response = await post(path, ...request);
    if (response.status !== 200) throw refusalOf(response, path === agentPaths.batches);
    return response;
  };
  const readToken = async (): Promise<Secret | null> =>
    hub.token_file === undefined ? null : await readSecretFile(hub.token_file);

  const sayHello = async (signal: AbortSignal): Promise<Session> => {
    const token = await readToken();
    const { id, ...about } = node;
    const hello = { protocol: protocolVersion, node: id, outbox, ...about } satisfies HelloRequest;
    const headers = { ...authorization(token), "content-type": "application/json" };
    const response = await postOrThrow(agentPaths.hello, headers, new TextEncoder().encode(JSON.stringify(hello)), signal);
    const answer = helloAnswer.parse(JSON.parse(response.body.toString("utf8")));
    storedSeq = answer.seq ?? -1;
    const encoder = new BatchEncoder(Buffer.from(answer.session, "hex"));
    return { encoder, seriesMax: answer.seriesMax, token, endsMs: clock.monotonicMs() + sessionMsMax, unsent: null };
  };

  const sendBatch = async ({ token }: Session, body: Uint8Array, signal: AbortSignal): Promise<BatchAnswer> => {
    const headers = { ...authorization(token), "content-type": batchContentType };
    const response = await postOrThrow(agentPaths.batches, headers, body, signal);
    return batchAnswer.parse(JSON.parse(response.body.toString("utf8")));
  };

  const stateNow = (): string =>
    JSON.stringify({
      ...queue(),
      clock: times.offset(clock.nowMs()),
      tlsGroup: connection?.tlsGroup ?? null,
    } satisfies AgentState);

  /** Sends what the hub does not have of the records; returns what it did not take of them. */
  const deliver = async (records: readonly OutboxRecord[], labelsOf: LabelsOf, signal: AbortSignal): Promise<BatchAnswer> => {
    if (session !== null && isUsedUp(session, records, clock.monotonicMs())) session = null;
    session ??= await sayHello(signal);
    let answer: BatchAnswer = { refusedSamples: 0, refusal: null };
    for (;;) {
      if (session.unsent === null) {
        const waiting = records.filter(({ seq }) => seq > storedSeq);
        const lastSeq = waiting.at(-1)?.seq;
        if (lastSeq === undefined) return answer;
        const { bytes } = session.encoder.encode(waiting, labelsOf, stateNow());
        session.unsent = { lastSeq, body: await compress(bytes, compression) };
      }
      const { lastSeq, body } = session.unsent;
      const { refusedSamples, refusal } = await sendBatch(session, body, signal);
      session.unsent = null;
      storedSeq = lastSeq;
      answer = { refusedSamples: answer.refusedSamples + refusedSamples, refusal: refusal ?? answer.refusal };
    }
  };

  const postPage: HubPagesOptions["post"] = async (path, contentType, page, signal) => {
    const headers = { ...authorization(await readToken()), "content-type": contentType };
    const body = await compress(page, compression);
    // It was closed meanwhile: the connection is not opened again.
    signal.throwIfAborted();
    return post(path, headers, body, signal);
  };
  const { beside } = options;
  const address = shownWithPath(hub.url);
  const pages = beside === undefined ? null : startHubPages({ ...beside, address, node: node.id, random, post: postPage });

  const retry = (message: string, atLeastMs = 0): SendOutcome & { readonly kind: "retry" } => ({
    kind: "retry",
    message,
    afterMs: backoff.next(atLeastMs),
  });

  return {
    id: hubPlace,
    address,
    maxSamples,
    async send(records, labelsOf, signal) {
      for (let isFirst = true; ; isFirst = false) {
        try {
          const { refusedSamples, refusal } = await deliver(records, labelsOf, signal);
          backoff.reset();
          if (refusedSamples === 0) return { kind: "stored" };
          return { kind: "refused", message: refusal ?? "the hub gives no reason", count: refusedSamples };
        } catch (error) {
          if (!(error instanceof HubRefusal)) {
            // Perhaps the files of the connection's keys have changed: they are read again.
            disconnect();
            return retry(error instanceof Error ? error.message : String(error));
          }
          if (error.kind === "busy") return retry(error.message, error.afterMs);
          session = null;
          if (error.kind === "unwelcome") return retry(error.message, error.afterMs);
          if (isFirst) continue;
          if (error.kind === "session") return retry(error.message);
          return { kind: "refused", message: error.message, count: samplesOf(records) };
        }
      }
    },
    facts: () => ({ clock: times.offset(clock.nowMs()), tlsGroup: connection?.tlsGroup ?? null }),
    spans: () =>
      beside === undefined || pages === null ? null : { ...pages.spans.counts(), skippedFiles: beside.spans.skippedFiles() },
    close() {
      pages?.events.close();
      pages?.spans.close();
      disconnect();
    },
  };
}

function connect({ url, pin, ca_file: ca, cert_file: cert, key_file: key }: HubDestinationOptions["hub"]): PinnedConnection {
  const read = (file: string | undefined): Buffer | undefined => (file === undefined ? undefined : readBytes(file));
  return openPinnedConnection({ url: new URL(url), pin, ca: read(ca), cert: read(cert), key: read(key), timeoutMs });
}

function authorization(token: Secret | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token.reveal()}` };
}

/** Its time is over, or it would tell more series than the hub lets it; one that has not told any cannot become better. */
function isUsedUp({ encoder, seriesMax, endsMs, unsent }: Session, records: readonly OutboxRecord[], nowMs: number): boolean {
  if (unsent !== null || encoder.series === 0) return false;
  return (
    nowMs > endsMs ||
    (encoder.series + samplesOf(records) > seriesMax && encoder.series + encoder.newSeries(records) > seriesMax)
  );
}

function samplesOf(records: readonly OutboxRecord[]): number {
  return records.reduce((sum, { samples: { count, histograms = [] } }) => sum + count + histograms.length, 0);
}
