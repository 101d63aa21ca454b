/** The functions that Prometheus adds to templates. Source: Prometheus template/template.go and util/strutil/strconv.go. */
import { RE2JS } from "re2js";
import { isIpAddress } from "../../../io/ip-address.ts";
import type { Labels } from "../../../core/labels.ts";
import { parseDuration } from "../../../core/duration.ts";
import { escapeQuery, expectText, type TemplateFunction, unary } from "./builtin-functions.ts";
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  toFloat,
  toTime,
} from "./humanize.ts";
import { type GoList, type GoStruct, type GoValue, textMap, typeOf } from "./values.ts";

/** What templates can ask of the world around them. */
export interface TemplateWorld {
  /** Elements of an instant vector. Throws what says why the query failed. */
  query(expr: string): readonly { readonly labels: Labels; readonly value: number }[];
  readonly externalUrl: string;
  /** Seconds since the epoch. */
  readonly nowSeconds: number;
}

/** Queries of one text: each may take seconds, and a loop makes as many as it likes. */
const queriesMax = 100;

/** Names of all of them; those that need the world too. For one text: its queries are counted. */
export function alertFunctions(world: TemplateWorld): Readonly<Record<string, TemplateFunction>> {
  let queries = 0;
  return {
    ...plainFunctions,
    query: unary((expr) => {
      if (++queries > queriesMax) throw new Error(`a text makes more than ${queriesMax} queries`);
      return { kind: "list", items: world.query(expectText(expr)).map(toSample) };
    }),
    externalURL: { arity: [0, 0], call: () => world.externalUrl },
    pathPrefix: { arity: [0, 0], call: () => (URL.parse(world.externalUrl)?.pathname ?? "").replace(/\/$/, "") },
    now: { arity: [0, 0], call: () => world.nowSeconds },
  };
}

const plainFunctions: Readonly<Record<string, TemplateFunction>> = {
  first: unary((list) => {
    const [item] = expectList(list).items;
    if (item === undefined) throw new Error("first() called on vector with no elements");
    return item;
  }),
  label: ofTwo((name, sample) => labelOfSample(expectText(name), sample)),
  value: unary((sample) => fieldOf(sample, "Value")),
  strvalue: unary((sample) => labelOfSample("__value__", sample)),
  sortByLabel: ofTwo((name, list) => sortByLabel(expectText(name), expectList(list))),
  args: { arity: [0, Infinity], call: (args) => ({ kind: "map", entries: new Map(args.map((arg, i) => [`arg${i}`, arg])) }) },
  match: ofTwo((pattern, text) => RE2JS.compile(expectText(pattern)).matcher(expectText(text)).find()),
  reReplaceAll: {
    arity: [3, 3],
    call: ([pattern = null, replacement = null, text = null]) =>
      replaceAllMatches(RE2JS.compile(expectText(pattern)), expectText(text), expectText(replacement)),
  },
  humanize: ofNumber(humanize),
  humanize1024: ofNumber(humanize1024),
  humanizeDuration: ofNumber(humanizeDuration),
  humanizePercentage: ofNumber(humanizePercentage),
  humanizeTimestamp: ofNumber(humanizeTimestamp),
  toTime: ofNumber(toTime),
  title: ofText(toTitle),
  toUpper: ofText((text) => Array.from(text, upperCharacter).join("")),
  toLower: ofText((text) => text.toLowerCase()),
  stripPort: ofText((text) => splitHostPort(text)?.host ?? text),
  stripDomain: ofText(stripDomain),
  // Texts of alerts are never markup: there is nothing to be safe from.
  safeHtml: ofText((text) => text),
  urlQueryEscape: ofText(escapeQuery),
  graphLink: ofText((expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=0`),
  tableLink: ofText(tableLink),
  parseDuration: ofText((text) => {
    const ms = parseDuration(text);
    if (ms === null) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
    return ms / 1000;
  }),
};

/** Where an expression's values are shown, below the external URL. Source: Prometheus util/strutil/strconv.go. */
export function tableLink(expr: string): string {
  return `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=1`;
}

/** A sample as templates see it. */
function toSample({ labels, value }: { readonly labels: Labels; readonly value: number }): GoStruct {
  const fields = new Map<string, GoValue>([
    ["Labels", textMap(labels)],
    ["Value", value],
  ]);
  return { kind: "struct", type: "*template.sample", fields };
}

function fieldOf(sample: GoValue, name: string): GoValue {
  const value = typeof sample === "object" && sample?.kind === "struct" ? sample.fields.get(name) : undefined;
  if (value === undefined) throw new Error(`wrong type for value; expected *template.sample; got ${typeOf(sample)}`);
  return value;
}

function labelOfSample(name: string, sample: GoValue): string {
  const labels = fieldOf(sample, "Labels");
  const value = typeof labels === "object" && labels?.kind === "map" ? labels.entries.get(name) : undefined;
  return typeof value === "string" ? value : "";
}

function sortByLabel(name: string, list: GoList): GoList {
  const keyed = list.items.map((item) => [labelOfSample(name, item), item] as const);
  return { kind: "list", items: keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item) };
}

function expectList(value: GoValue): GoList {
  if (typeof value === "object" && value?.kind === "list") return value;
  throw new Error(`wrong type for value; expected template.queryResult; got ${typeOf(value)}`);
}

function ofTwo(call: (a: GoValue, b: GoValue) => GoValue): TemplateFunction {
  return { arity: [2, 2], call: ([a = null, b = null]) => call(a, b) };
}

function ofNumber(call: (value: number) => GoValue): TemplateFunction {
  return unary((value) => call(toFloat(value)));
}

function ofText(call: (text: string) => GoValue): TemplateFunction {
  return unary((value) => call(expectText(value)));
}

/** Source: Go regexp, ReplaceAllString and Expand: `$1`, `${name}`; `$1x` is the group named `1x`, a missing one is empty. */
function replaceAllMatches(pattern: RE2JS, text: string, replacement: string): string {
  const matcher = pattern.matcher(text);
  let replaced = "";
  let end = 0;
  while (matcher.find()) {
    replaced += text.slice(end, matcher.start()) + expandGroups(replacement, pattern, matcher);
    end = matcher.end();
  }
  return replaced + text.slice(end);
}

function expandGroups(replacement: string, pattern: RE2JS, matcher: ReturnType<RE2JS["matcher"]>): string {
  return replacement.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (all, bare?: string, braced?: string) => {
    if (all === "$$") return "$";
    const name = bare ?? braced ?? "";
    const group = /^\d+$/.test(name) ? Number(name) : name;
    const exists = typeof group === "number" ? group <= matcher.groupCount() : Object.hasOwn(pattern.namedGroups(), group);
    return exists ? (matcher.group(group) ?? "") : "";
  });
}

/** The first letter of each word large. Source: Go strings.Title: what separates is ASCII other than word characters, and spaces. */
function toTitle(text: string): string {
  return text.replaceAll(/(^|[\p{White_Space}\x00-\x2f:-@[-^`{-\x7f])(\p{L})/gu, (_, before: string, letter: string) => {
    return before + upperCharacter(letter);
  });
}

/** One character for one: Go leaves `ß` as it is. */
function upperCharacter(character: string): string {
  const upper = character.toUpperCase();
  return Array.from(upper).length === 1 ? upper : character;
}

/** Source: Go net.SplitHostPort: one colon, or an IPv6 address in brackets. */
function splitHostPort(text: string): { readonly host: string; readonly port: string } | null {
  const found = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  return found === null ? null : { host: found[1] ?? found[2] ?? "", port: found[3] ?? "" };
}

function stripDomain(text: string): string {
  const { host, port } = splitHostPort(text) ?? { host: text, port: "" };
  if (isIpAddress(host)) return text;
  const [first = ""] = host.split(".");
  return port === "" ? first : `${first}:${port}`;
}
