/** Log records across the files, newest first. */
import type { Logger } from "../../core/logger.ts";
import type { AttributeValue, LogRecord } from "../../core/span.ts";
import type { Listed, LogFilter, PageOf, PageWish, ReadAllowance } from "../../core/telemetry-reader.ts";
import { bodyBytesKept } from "./chunk-bodies.ts";
import { indexedEndNs } from "./ids.ts";
import { KeptBudget } from "./kept-values.ts";
import { comparePlaces, cursorOf, type ListPlace, readCursor } from "./list-cursor.ts";
import { LogRows } from "./log-rows.ts";
import { logSchema } from "./log-tables.ts";
import { mergeNewest } from "./merge-newest.ts";
import { ReadFiles } from "./read-files.ts";
import { telemetryDir } from "./telemetry-files.ts";

/** JSON bytes of the records of one page; it is a short page then. */
const pageBytesMax = 4_194_304;

export class LogReader {
  readonly #files: ReadFiles<LogRows>;

  constructor(dataDir: string, logger: Logger) {
    const budget = new KeptBudget(bodyBytesKept);
    this.#files = new ReadFiles({
      directory: telemetryDir(dataDir, "logs"),
      schema: logSchema,
      prepare: (database) => new LogRows(database, budget),
      logger,
    });
  }

  list(filter: LogFilter, { limit, cursor }: PageWish, allowance: ReadAllowance): PageOf<Listed<LogRecord>> {
    const beginning = { timeNs: indexedEndNs(filter.toNs), key: "" };
    const wanted = cursor === null ? beginning : readCursor(cursor);
    const after = comparePlaces(wanted, beginning) < 0 ? beginning : wanted;
    const reads = this.#files.list(allowance).map((file) => (behind: ListPlace, rows: number) => {
      allowance.check();
      const slice = this.#files.read(file, allowance, (logs) => logs.slice(filter, file.startMs, behind, rows));
      return slice === null ? { found: [], end: null } : { ...slice, found: slice.found.map((one) => ({ ...one, file })) };
    });
    const text = filter.text?.toLowerCase() ?? "";
    const items: Listed<LogRecord>[] = [];
    let bytes = 0;
    for (const step of mergeNewest(reads, after)) {
      allowance.check();
      const { item } = step.kind === "found" ? step : { item: null };
      const found = item === null ? null : this.#files.read(item.file, allowance, (logs) => logs.recordAt(item));
      if (found !== null && mentions(found.record, text)) {
        bytes += found.bytes;
        items.push({ cursor: cursorOf(step.place), item: found.record });
      }
      if (items.length >= limit || bytes > pageBytesMax || allowance.isLate()) return { items, next: cursorOf(step.place) };
    }
    return { items, next: null };
  }

  close(): void {
    this.#files.close();
  }
}

/** `text` is in lower case. */
function mentions({ body, eventName }: LogRecord, text: string): boolean {
  return text === "" || eventName.toLowerCase().includes(text) || holds(body, text);
}

function holds(value: AttributeValue, text: string): boolean {
  if (value === null || value instanceof Uint8Array) return false;
  if (typeof value !== "object") return String(value).toLowerCase().includes(text);
  return Object.values(value).some((inner: AttributeValue) => holds(inner, text));
}
