/** The configuration with what its section `scrape` names: a wrong job is refused like a wrong setting. */
import { dirname } from "node:path";
import type { LoadedConfig } from "../io/config-file.ts";

/** Relative paths begin where the configuration file is. Throws `SCRAPE_INVALID`. */
export async function withScrape(loaded: LoadedConfig): Promise<LoadedConfig> {
  const { config, file } = loaded;
  if (config.scrape.scrape_configs.length === 0 && config.scrape.files.length === 0) return loaded;
  // Regular expressions and YAML are loaded only where there is something to scrape.
  const { resolveScrapeSection } = await import("../collect/intake/scrape/resolve-section.ts");
  const directory = file === null ? process.cwd() : dirname(file);
  return { ...loaded, config: { ...config, scrape: await resolveScrapeSection(config.scrape, directory) } };
}
