/**
 * The configuration in force as YAML for those who may read: what lets somebody in elsewhere is not in it. Every address is looked at,
 * whatever its key, and one is shown with its path only where its key says that the path is no secret: a key that is new hides too much
 * rather than too little.
 */
import { stringify } from "yaml";
import { configRootKey, type Config, reservedSections } from "../../core/config.ts";
import { hidden, isAddress, isKeyParameter, shownWithoutPath, shownWithPath } from "../../core/shown-address.ts";

/** Keys whose addresses are shown with their paths. Those of chain clients and webhooks are not: whoever knows them whole may use them. */
const withPath = new Set([
  "alerts.alertmanagers.url",
  "alerts.external_url",
  "hub.url",
  "otlp_export.endpoint",
  "otlp_export.traces_endpoint",
  "remote_write.url",
  "storage.prometheus.query_url",
  "storage.prometheus.write_url",
]);

/** Labels, and what makes labels: they are shown with every series. */
const shownAnyway = /(?:^|\.)(?:labels|external_labels|relabel_configs|metric_relabel_configs)$/;

/** YAML below our key, as it could stand in a file. Tokens and passwords stand in files of their own, which are only named. */
export function configText(config: Config): string {
  // Nothing knows what is in a section that is not built yet.
  const known = Object.fromEntries(Object.entries(config).filter(([key]) => !isReserved(key)));
  return stringify({ [configRootKey]: shown(known, "") });
}

function isReserved(key: string): boolean {
  return reservedSections.some((section) => section === key);
}

/** `key`: where the value stands, without positions in lists. */
function shown(value: unknown, key: string): unknown {
  if (shownAnyway.test(key)) return value;
  if (typeof value === "string") return isAddress(value) ? shownAddress(value, key) : value;
  if (Array.isArray(value)) return value.map((item) => shown(item, key));
  if (typeof value !== "object" || value === null) return value;
  // A header of one's own is as often a key as not.
  if (/(?:^|\.)headers$/.test(key)) return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
  const isParameters = key === "scrape.scrape_configs.params";
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]: [string, unknown]) => {
      if (item === undefined) return [];
      if (isParameters && isKeyParameter(name)) return [[name, [hidden]]];
      return [[name, shown(item, key === "" ? name : `${key}.${name}`)]];
    }),
  );
}

function shownAddress(address: string, key: string): string {
  return withPath.has(key) ? shownWithPath(address) : shownWithoutPath(address);
}
