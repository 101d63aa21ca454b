/**
 * Rules, alerts, and who is told of them. Source: web/api/v1/api.go, `rules`, `alerts`, `alertmanagers`, and docs querying/api.md,
 * "Rules".
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { ActiveAlert, RuleGroupStatus, RuleStatus } from "../../core/rule.ts";
import type { Route } from "../http/route.ts";
import { apiRoute } from "./api-route.ts";
import { success } from "./envelope.ts";
import { invalid, limitText, matchText, readLimit, readMatchers } from "./parameters.ts";
import { alertJson, groupJson } from "./rule-json.ts";

const one = z.string().max(4096);
/** One or many names. */
const names = z.union([one.transform((name) => [name]), z.array(one).max(256)]).optional();

const input = z.object({
  type: z.string().max(16).default(""),
  "rule_name[]": names,
  "rule_group[]": names,
  "file[]": names,
  "match[]": matchText,
  exclude_alerts: z.string().max(8).default(""),
  group_limit: limitText,
  group_next_token: z.string().max(128).optional(),
});

type Wish = z.output<typeof input>;

const has = (wanted: readonly string[] | undefined, name: string): boolean => wanted === undefined || wanted.includes(name);

/** The groups that a wish leaves, each with the rules that it leaves; a group without any is left out. */
function chosen(groups: readonly RuleGroupStatus[], wish: Wish): readonly RuleGroupStatus[] {
  const type = wish.type.toLowerCase();
  if (!["", "alert", "record"].includes(type)) throw invalid("type", `not supported value "${wish.type}"`);
  const isWanted = (rule: RuleStatus): boolean =>
    has(wish["rule_name[]"], rule.name) && (type === "" || (type === "alert") === (rule.type === "alerting"));
  return groups
    .filter(({ name, file }) => has(wish["rule_group[]"], name) && has(wish["file[]"], file))
    .map((group) => ({ ...group, rules: group.rules.filter(isWanted) }))
    .filter(({ rules }) => rules.length > 0);
}

/** The page that begins at the token, and the token of the next one. Errors: `BAD_REQUEST` for a token of nothing that is there. */
function pageOf(
  groups: readonly RuleGroupStatus[],
  { group_limit: limit, group_next_token: token }: Wish,
): { readonly page: readonly RuleGroupStatus[]; readonly next: string | null } {
  const size = readLimit(limit, "group_limit");
  if (token !== undefined && size === undefined)
    throw invalid("group_limit", "group_limit needs to be set with group_next_token");
  const start = token === undefined ? 0 : groups.findIndex((group) => tokenOf(group) === token);
  if (start < 0) throw new ChainPulseError("BAD_REQUEST", `invalid group_next_token ${token}. were rule groups changed?`);
  const end = size === undefined ? groups.length : start + size;
  const following = groups[end];
  return { page: groups.slice(start, end), next: following === undefined ? null : tokenOf(following) };
}

/** Names a group without its path, which may be longer than a parameter. */
function tokenOf({ file, name }: RuleGroupStatus): string {
  return createHash("sha256").update(`${file};${name}`).digest("hex");
}

/** Where an Alertmanager takes alerts (its API, version 2), without what may be a key. */
function alertsAddress(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname.replace(/\/+$/, "")}/api/v2/alerts`;
}

export const ruleRoutes: readonly Route[] = [
  apiRoute({
    path: "/api/v1/rules",
    summary: "Rule groups, their rules, and the alerts of each.",
    input,
    data: z.object({ groups: z.array(z.looseObject({})), groupNextToken: z.string().optional() }),
    async handle({ services }, wish) {
      const matchers = await Promise.all((wish["match[]"] ?? []).map((selector) => readMatchers(services.query, selector)));
      const { page, next } = pageOf(chosen(await services.analyse.ruleGroups(matchers), wish), wish);
      const withAlerts = !/^(?:1|t|true)$/i.test(wish.exclude_alerts);
      const groups = page.map((group) => groupJson(group, { withAlerts }));
      return success({ groups, ...(next === null ? {} : { groupNextToken: next }) });
    },
  }),
  apiRoute({
    path: "/api/v1/alerts",
    summary: "Alerts that are pending or firing.",
    input: z.object({}),
    data: z.object({ alerts: z.array(z.looseObject({})) }),
    async handle({ services }) {
      const alerts: readonly ActiveAlert[] = await services.analyse.alerts();
      return success({ alerts: alerts.map(alertJson) });
    },
  }),
  apiRoute({
    path: "/api/v1/alertmanagers",
    summary: "The Alertmanagers that alerts are sent to: those of the configuration.",
    input: z.object({}),
    data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })), droppedAlertmanagers: z.array(z.never()) }),
    handle({ services }) {
      const { alertmanagers } = services.config().alerts;
      return success({
        activeAlertmanagers: alertmanagers.map(({ url }) => ({ url: alertsAddress(url) })),
        droppedAlertmanagers: [],
      });
    },
  }),
];
