/** The configuration in force as YAML for those who may read: what lets somebody in elsewhere is not in it. */
import { stringify } from "yaml";
import { configRootKey, type Config } from "../../core/config.ts";

/** As Prometheus writes it (common/config, `secretToken`). */
const hidden = "<secret>";

/** YAML below our key, as it could stand in a file. Tokens and passwords stand in files of their own, which are only named. */
export function configText(config: Config): string {
  const { alerts } = config;
  const shown: Config = {
    ...config,
    alerts: {
      ...alerts,
      alertmanagers: alerts.alertmanagers.map((one) => ({ ...one, url: withoutUser(one.url) })),
      // Whoever knows the whole address of a webhook may write there.
      webhooks: alerts.webhooks.map((one) => ({ ...one, url: `${new URL(one.url).origin}/${hidden}` })),
    },
  };
  return stringify({ [configRootKey]: shown });
}

/** The address without a name and a password in it. */
export function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}
