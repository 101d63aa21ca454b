/**
 * One client as long as it is known: its context, whether it answers, what it says it is, when it was started. Everything that a family tells
 * of the client goes through here, so that going away and coming back look the same for all.
 */
import type { Absence } from "../../../core/absence.ts";
import { cleanText } from "../../../core/clean-text.ts";
import type { ChainSection } from "../../../core/config-chain.ts";
import { flowAttributes } from "../../../core/flow-names.ts";
import type { ObserveContext } from "../../../core/observer.ts";
import type { Sightings } from "../blocks/sightings.ts";
import { clientEvent } from "../events.ts";
import type { ClientContext, ClientIdentity, ClientKind, ClientTarget } from "./client-kind.ts";
import { clientSeriesMax, openClientSeries } from "./client-series.ts";
import { readableMetrics, reportCoverage } from "./coverage.ts";
import { clientMetrics } from "./metrics.ts";

export interface ClientSession {
  /** What a `watch` that ends with `signal` is given. */
  contextFor(signal: AbortSignal): ClientContext;
  /** When it answered last, on the monotonic clock; `null`: never. */
  readonly answeredMs: number | null;
  /** It was seen that the client's process is another one than before. */
  restarted(detail: string): void;
  /** The client is not known any more: its series and absences end. */
  close(): void;
}

export interface SessionOptions {
  readonly observe: ObserveContext;
  readonly chain: ChainSection;
  readonly target: ClientTarget;
  readonly kind: ClientKind;
  readonly sightings: Sightings;
}

/** Clients tell their start in whole seconds, or as how long they have been running: twice the same start differs by that. */
const startToleranceMs = 5000;

const dayMs = 86_400_000;

/** What a client says of itself goes into labels, events and logs. */
const identityCharsMax = 128;
const detailCharsMax = 300;

/** A restart is seen in two ways, by another socket and by another start time; within so long they are of one. */
const oneRestartMs = 60_000;

export function openClientSession({ observe, chain, target, kind, sightings }: SessionOptions): ClientSession {
  const { name, simulated } = target;
  const { clock } = observe;
  const logger = observe.logger.child({ client: name });
  const absences = new Set<string>();
  const readable = readableMetrics(kind, target);
  let isUp: boolean | null = null;
  let answeredMs: number | null = null;
  let identity: ClientIdentity | null = null;
  let startMs: number | null = null;
  let restartedMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  const emit: ClientContext["emit"] = (eventKind, key, timeMs, fields) => {
    if (isClosed) return;
    observe.emit({ kind: eventKind, subject: name, key, timeMs, fields: simulated ? { ...fields, simulated } : fields });
  };
  const annotate = (title: string): void => {
    if (!isClosed) observe.annotate({ timestampMs: clock.nowMs(), kind: "chain", title });
  };
  const tell = (what: "up" | "down" | "restarted" | "version", title: string, detail: string): void => {
    const nowMs = clock.nowMs();
    logger.info(title, { detail });
    emit(clientEvent.kind, `${what}-${nowMs}`, nowMs, { what, detail });
    annotate(`${name} ${title}`);
  };
  const restarted = (detail: string): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - restartedMs < oneRestartMs) return;
    restartedMs = nowMs;
    tell("restarted", "was restarted", detail);
  };
  const infoLabels = ({ version, network }: ClientIdentity) =>
    ({
      "chain.client.kind": kind.id,
      "chain.layer": kind.layer,
      "chain.client.version": version,
      "chain.network": network,
      "chain.client.role": target.role,
    }) as const;
  const absent: ClientContext["absent"] = (what, metrics, absence) => {
    if (isClosed) return;
    absences.add(what);
    observe.absent(`${name}: ${what}`, metrics, absence);
  };
  const series = openClientSeries(observe, target, () => absent("series limit", readable, seriesLimit));
  const setUp = (value: 0 | 1): void => series.series(clientMetrics.up, {}).set(value);
  const present = (what: string): void => {
    if (absences.delete(what)) observe.present(`${name}: ${what}`);
  };

  const context: Omit<ClientContext, "signal"> = {
    target,
    node: observe.node,
    chain,
    clock,
    logger,
    sightings,
    series: (metric, labels) => series.series(metric, labels),
    count: (metric, labels, by) => series.count(metric, labels, by),
    answered() {
      answeredMs = clock.monotonicMs();
      if (isUp === true) return;
      if (isUp === false) tell("up", "answers again", "it answers again");
      isUp = true;
      present(unanswered);
      setUp(1);
      series.restoreCounts();
      if (identity !== null) series.series(clientMetrics.info, infoLabels(identity)).set(1);
    },
    clear(why) {
      const detail = cleanText(why?.message ?? "it does not answer", detailCharsMax);
      if (isUp === true) tell("down", "does not answer", detail);
      isUp = false;
      const reason = answeredMs === null ? "not_present" : "stale";
      absent(unanswered, readable, { reason, detail: `${name}: ${detail}`, fix: unansweredFix });
      series.clear();
      setUp(0);
    },
    identified({ version, network }) {
      const before = identity;
      const now = { version: cleanText(version, identityCharsMax), network: cleanText(network, identityCharsMax) };
      if (before?.version === now.version && before.network === now.network) return;
      identity = now;
      if (before !== null) series.series(clientMetrics.info, infoLabels(before)).release();
      series.series(clientMetrics.info, infoLabels(now)).set(1);
      if (before !== null && before.version !== now.version) {
        tell("version", `is ${now.version} now`, `${before.version} before`);
      }
    },
    startedAt(timeMs) {
      // From before 1970, or from tomorrow: no time of a process.
      if (!(timeMs > 0 && timeMs < clock.nowMs() + dayMs)) return;
      const before = startMs;
      startMs = timeMs;
      if (before !== null && timeMs > before + startToleranceMs) restarted(`running since ${new Date(timeMs).toISOString()}`);
    },
    absent,
    present,
    emit,
    span(span) {
      if (isClosed) return;
      const shown = simulated ? { [flowAttributes.simulated]: true } : {};
      observe.span({ ...span, service: name, attributes: { ...span.attributes, [flowAttributes.client]: name, ...shown } });
    },
    eachStored: (wish, visit) => observe.eachStored({ ...wish, service: name }, visit),
    annotate,
  };

  reportCoverage(context, kind);
  return {
    contextFor: (signal) => ({ ...context, signal }),
    get answeredMs() {
      return answeredMs;
    },
    restarted,
    close() {
      isClosed = true;
      for (const what of absences) observe.present(`${name}: ${what}`);
      series.release();
      sightings.forget(name);
    },
  };
}

const seriesLimit: Absence = { reason: "limit_reached", detail: `one client has at most ${clientSeriesMax} series` };
const unanswered = "answers";
const unansweredFix = "See whether the client runs, and whether its address in the configuration is right.";
