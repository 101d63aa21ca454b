/** A kept-open file of `/proc` or `/sys` whose absence and return are told to the scheduler: what nearly every collector reads. */
import type { CollectContext } from "../../core/collector.ts";
import type { Metric } from "../../core/metric.ts";
import { type ReadFailure, openProcFile } from "../../io/proc-file.ts";

/** A file with its reporting. */
export interface Source {
  /** The file's text, or `null` when it cannot be read: then it has been reported as absent. */
  read(): string | null;
  close(): void;
}

/** `metrics` are those that cannot be had without the file at `path`. */
export function openSource(context: CollectContext, path: string, metrics: readonly Metric[]): Source {
  const file = openProcFile(path);
  let reported: ReadFailure | null = null;
  return {
    read: () => {
      const text = file.read();
      if (typeof text !== "string") {
        if (text !== reported) context.absent(path, metrics, text);
        reported = text;
        return null;
      }
      if (reported !== null) context.present(path);
      reported = null;
      return text;
    },
    close: () => file.close(),
  };
}
