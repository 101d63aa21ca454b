/** Brings partitions of an older format to the present one: at the start, before anybody reads them. */
import type { Logger } from "../../core/logger.ts";
import { isDamage, storeError } from "../database.ts";
import { isOlderFormat, listPartitions, setAside } from "./partition-files.ts";
import { partitionSchema } from "./partition-schema.ts";
import { PartitionWriter } from "./partition-writer.ts";

/** Opening a file brings it up to date, in one transaction. Errors: `STORE_UNUSABLE`; a damaged file is renamed `*.corrupt`. */
export function migratePartitions(dataDir: string, logger: Logger): void {
  const old = listPartitions(dataDir).filter(({ path }) => isOlderFormat(path, partitionSchema.version));
  for (const file of old) {
    try {
      new PartitionWriter(file).close();
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, file.path, "bring up to date");
      const path = setAside(file.path, "corrupt");
      logger.error("a damaged partition was set aside; the rest is served", { path, error });
    }
  }
  if (old.length > 0) logger.info("partitions were brought to the present format", { files: old.length });
}
