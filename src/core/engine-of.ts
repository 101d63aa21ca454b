/** Which engine keeps the samples. */
import type { Config } from "./config.ts";
import type { EngineConfig } from "./config-forward.ts";

/** `null`: they are kept in our own store. */
export function engineOf({ storage }: Pick<Config, "storage">): EngineConfig | null {
  return storage.engine === "prometheus" ? (storage.prometheus ?? null) : null;
}
