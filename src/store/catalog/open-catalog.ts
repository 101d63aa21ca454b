/** Opens the catalogue, whatever has happened to it. */
import { Catalog, type CatalogOptions } from "./catalog.ts";
import { catalogPath } from "./catalog-files.ts";
import { isDamage } from "../database.ts";
import { listFiles, listPartitions, receivedDir, setAside, tierDir } from "../partition/partition-files.ts";
import { tiers } from "../tier/tiers.ts";

/** The catalogue; when it is lost together with its copy, all samples are set aside: their numbers mean nothing without it. */
export function openCatalog(options: CatalogOptions): Catalog {
  const { dataDir, logger } = options;
  try {
    return new Catalog(options);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const path = setAside(catalogPath(dataDir), "corrupt");
    const tierFiles = tiers.flatMap(({ name }) => listFiles(tierDir(dataDir, name)));
    for (const file of [...listPartitions(dataDir), ...listFiles(receivedDir(dataDir)), ...tierFiles])
      setAside(file.path, "corrupt");
    logger.error("the series catalogue and its copy are lost: set aside with all samples, and a new one is begun", {
      path,
      error,
    });
    return new Catalog(options);
  }
}
