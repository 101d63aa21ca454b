/** `/proc/sys/fs/file-nr`: open files of the machine. Source: Documentation/admin-guide/sysctl/fs.rst. */
import type { CollectorDeclaration } from "../../../core/collector.ts";
import { TextCursor } from "../../../io/parse-text.ts";
import { setIfNumber } from "../handle-table.ts";
import { openSource } from "../source.ts";
import { fileDescriptorMetrics as metrics } from "./metrics.ts";

export const fileDescriptorsCollector: CollectorDeclaration = {
  id: "host.file_descriptors",
  title: "Open files",
  metrics: Object.values(metrics),
  platforms: ["linux"],
  open: (context) => {
    const source = openSource(context, `${context.config.host.proc_root}/sys/fs/file-nr`, Object.values(metrics));
    const allocated = context.series(metrics.allocated, {});
    const limit = context.series(metrics.limit, {});
    const cursor = new TextCursor();
    return {
      collect: () => {
        const text = source.read();
        if (text === null) return;
        cursor.reset(text);
        setIfNumber(allocated, cursor.number());
        // Allocated but unused: always 0 since Linux 2.6.
        cursor.skipWord();
        setIfNumber(limit, cursor.number());
      },
      close: () => source.close(),
    };
  },
};
