/** A rule storage in memory, for unit tests of rules: what is appended is kept, at the times that the rules say. */
import type { Clock } from "../../../core/clock.ts";
import type { MemoryReader } from "../../../query/promqltest/memory-reader.ts";
import { createQueryService } from "../../../query/service.ts";
import { queriesOver } from "../query-storage.ts";
import type { LocalRuleStorage } from "../rule-storage.ts";

/** `subqueryStepMs`: of subqueries that give none. */
export function createMemoryStorage(reader: MemoryReader, options: { clock: Clock; subqueryStepMs: number }): LocalRuleStorage {
  return {
    ...queriesOver(reader, createQueryService(reader, options)),
    begin: () => undefined,
    append(samples) {
      for (const { labels, timestampMs, value } of samples) reader.add(labels, timestampMs, value);
    },
    flush: () => Promise.resolve(),
  };
}
