/** What the page knows about its server: session, status, declared panels and views, checks. Loaded once, then kept fresh. */
import { computed, signal } from "@preact/signals";
import type { CheckResult } from "../../core/check.ts";
import { chosenNode } from "../state/chosen-node.ts";
import { zoneChoice } from "../state/preferences.ts";
import type { Zone } from "../format/time.ts";
import type { DomainSection, DomainViewGroup, ServerStatus, SessionState } from "./contract.ts";
import { ApiProblem, errorText, getJson, whenUnauthenticated } from "./http.ts";

export const session = signal<SessionState | null>(null);
export const status = signal<ServerStatus | null>(null);
export const sections = signal<readonly DomainSection[] | null>(null);
export const viewGroups = signal<readonly DomainViewGroup[]>([]);
export const viewsError = signal<string | null>(null);
/** `null` until the first answer. */
export const checks = signal<readonly CheckResult[] | null>(null);
export const checksError = signal<string | null>(null);
/** Why the page could not load, as a sentence; `null` when it did. */
export const bootError = signal<string | null>(null);
/** Server's clock minus the browser's, ms. */
export const skewMs = signal(0);

const api = "/api/v1/performance";

/** Now by the server's clock: a browser with a wrong clock still asks for the right window. */
export function serverNow(): number {
  return Date.now() + skewMs.value;
}

/** The zone for every time on the page. */
export const zone = computed<Zone>(() => {
  if (zoneChoice.value === "utc") return "UTC";
  return zoneChoice.value === "node" ? status.value?.timeZone : undefined;
});

export const needsLogin = computed(() => session.value !== null && session.value.authRequired && !session.value.authenticated);

/** From when on there is history, in raw samples or in a tier; `null` in an empty store. */
export function historyFromMs({ oldestMs, tiers }: ServerStatus["collect"]["store"]): number | null {
  const known = [oldestMs, ...tiers.map((tier) => tier.oldestMs)].filter((timeMs) => timeMs !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Id of the node that the page is about: the one in the address, else the one that serves the page. */
export const shownNode = computed(() => chosenNode.value ?? status.value?.node.id ?? "");

/** Whether that is the node that serves the page: only of itself a server knows what it could not read. */
export const isLocal = computed(() => chosenNode.value === null || chosenNode.value === status.value?.node.id);

/** What the variables of the page's expressions stand for; `null` while that is not known. */
export const queryBasis = computed(() => {
  const server = status.value;
  return server === null ? null : { node: { id: shownNode.value }, samplingIntervalMs: server.samplingIntervalMs };
});

/** Whether there are, or should be, more nodes than this one. */
export const hasFleet = computed(() => (status.value?.agents ?? 0) > 0 || status.value?.role === "hub");

/** Root of the shown node's resources. */
export function nodeUrl(rest: string): string {
  return urlOfNode(shownNode.value, rest);
}

/** Root of any node's resources. */
export function urlOfNode(node: string, rest: string): string {
  return `${api}/nodes/${encodeURIComponent(node)}${rest}`;
}

/** Asks for everything at once; without a session the answers are 401 and the login page comes. */
export async function boot(): Promise<void> {
  bootError.value = null;
  whenUnauthenticated(() => {
    loadSession().catch((error: unknown) => (bootError.value = errorText(error)));
  });
  const parts = await Promise.allSettled([loadSession(), loadStatus(), loadPanels(), loadViews()]);
  const failed = parts.find((part): part is PromiseRejectedResult => part.status === "rejected");
  const refused = failed?.reason instanceof ApiProblem && failed.reason.status === 401;
  if (failed !== undefined && !refused) bootError.value = errorText(failed.reason);
}

export async function loadSession(): Promise<void> {
  session.value = await getJson<SessionState>("/api/v1/session");
}

export async function loadStatus(): Promise<void> {
  const askedMs = Date.now();
  const answer = await getJson<ServerStatus>(`${api}/status`);
  // Half the round trip is the best guess of when the server read its clock.
  noteServerTime(answer.serverTimeMs, (askedMs + Date.now()) / 2);
  status.value = answer;
}

/** Compares the clocks; differences that the network explains are left alone. */
export function noteServerTime(serverTimeMs: number, browserTimeMs: number): void {
  const skew = serverTimeMs - browserTimeMs;
  skewMs.value = Math.abs(skew) < 500 ? 0 : skew;
}

/** The stream brings changes; this brings the beginning. */
export async function loadChecks(): Promise<void> {
  const node = shownNode.value;
  // Those of another node are no beginning.
  checks.value = checks.value?.every((check) => check.node === node) === true ? checks.value : null;
  try {
    const answer = await getJson<{ readonly checks: readonly CheckResult[] }>(urlOfNode(node, "/health"));
    takeChecks(node, answer.checks);
  } catch (error) {
    if (node === shownNode.value) checksError.value = errorText(error);
  }
}

/** Checks of a node, unless the page has gone on to another one since they were asked for. */
export function takeChecks(node: string, results: readonly CheckResult[]): void {
  if (node !== shownNode.value) return;
  checks.value = results;
  checksError.value = null;
}

async function loadPanels(): Promise<void> {
  sections.value = (await getJson<{ readonly sections: readonly DomainSection[] }>(`${api}/panels`)).sections;
}

/** The views give the headline figures; the rest of the page does without them. */
async function loadViews(): Promise<void> {
  try {
    viewGroups.value = (await getJson<{ readonly groups: readonly DomainViewGroup[] }>(`${api}/views`)).groups;
    viewsError.value = null;
  } catch (error) {
    viewsError.value = errorText(error);
  }
}
