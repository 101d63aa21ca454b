/** Brings partitions of an older format to the present one: at the start, before anybody reads them. */
import type { Logger } from "../../core/logger.ts";
import { isDamage, storeError } from "../database.ts";
import { formatInHeader, listPartitions, setAside } from "./partition-files.ts";
import { partitionSchema } from "./partition-schema.ts";
import { PartitionWriter } from "./partition-writer.ts";

/** Opening a file brings it up to date, in one transaction. Errors: `STORE_UNUSABLE`; a damaged file is renamed `*.corrupt`. */
export function migratePartitions(dataDir: string, logger: Logger): void {
  let migrated = 0;
  for (const file of listPartitions(dataDir)) {
    const format = formatInHeader(file.path);
    // Without a header it is no partition: opening would make an empty one of it, and a gap that nobody is told of.
    if (format === null || format >= partitionSchema.version) continue;
    if (format > 0) migrated++;
    try {
      new PartitionWriter(file).close();
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, file.path, "bring up to date");
      const path = setAside(file.path, "corrupt");
      logger.error("a damaged partition was set aside; the rest is served", { path, error });
    }
  }
  if (migrated > 0) logger.info("partitions were brought to the present format", { files: migrated });
}
