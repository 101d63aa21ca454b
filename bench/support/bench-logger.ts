/** What goes wrong within a benchmark, on stderr. */
import type { LogFields, Logger } from "../../src/core/logger.ts";

const print = (message: string, fields: LogFields = {}): void => console.error(message, fields);

export const benchLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: print,
  error: print,
  child: () => benchLogger,
};
