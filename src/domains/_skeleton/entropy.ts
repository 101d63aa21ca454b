/** SKELETON: one source, one collector. Open once, read every tick, say why when it cannot be read. */
import type { CollectorDeclaration } from "../../core/collector.ts";
import { openProcFile } from "../../io/proc-file.ts";
import { skeletonMetrics as m } from "./metrics.ts";

export const entropyCollector: CollectorDeclaration = {
  id: "skeleton.entropy",
  title: "Kernel entropy",
  metrics: [m.entropyAvailable],
  open(context) {
    const file = openProcFile(`${context.config.host.proc_root}/sys/kernel/random/entropy_avail`);
    const available = context.series(m.entropyAvailable, { pool: "kernel" });
    return {
      collect() {
        const text = file.read();
        if (typeof text !== "string") return context.absent(file.path, [m.entropyAvailable], text);
        context.present(file.path);
        available.set(Number(text));
      },
      close: () => file.close(),
    };
  },
};
