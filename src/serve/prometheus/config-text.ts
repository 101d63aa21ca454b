/** The configuration in force as YAML for those who may read: what lets somebody in elsewhere is not in it. */
import { stringify } from "yaml";
import { configRootKey, type Config } from "../../core/config.ts";
import type { AccessConfig, EngineConfig } from "../../core/config-forward.ts";

/** As Prometheus writes it (common/config, `secretToken`). */
const hidden = "<secret>";

/** YAML below our key, as it could stand in a file. Tokens and passwords stand in files of their own, which are only named. */
export function configText(config: Config): string {
  const { alerts, remote_write, otlp_export, storage } = config;
  const shown: Config = {
    ...config,
    alerts: {
      ...alerts,
      alertmanagers: alerts.alertmanagers.map((one) => ({ ...one, url: withoutUser(one.url) })),
      // Whoever knows the whole address of a webhook may write there.
      webhooks: alerts.webhooks.map((one) => ({ ...one, url: `${new URL(one.url).origin}/${hidden}` })),
    },
    remote_write: remote_write.map((one) => ({ ...withoutKeys(one), url: withoutQuery(one.url) })),
    otlp_export: otlp_export.map((one) => ({ ...withoutKeys(one), endpoint: withoutQuery(one.endpoint) })),
    storage: { ...storage, prometheus: storage.prometheus === undefined ? undefined : withoutEngineKeys(storage.prometheus) },
  };
  return stringify({ [configRootKey]: shown });
}

function withoutEngineKeys(engine: EngineConfig): EngineConfig {
  const { write_url, query_url } = engine;
  return { ...withoutKeys(engine), write_url: withoutQuery(write_url), query_url: withoutQuery(query_url) };
}

/** A header of one's own is as often a key as not. */
function withoutKeys<T extends AccessConfig>(access: T): T {
  return { ...access, headers: Object.fromEntries(Object.keys(access.headers).map((name) => [name, hidden])) };
}

/** Services take keys in the query too. */
function withoutQuery(address: string): string {
  const url = new URL(address);
  return url.search === "" ? address : `${url.origin}${url.pathname}?${hidden}`;
}

/** The address without a name and a password in it. */
export function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}
