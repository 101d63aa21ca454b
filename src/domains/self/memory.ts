/** ChainPulse's resident memory by kind, from its own `/proc/self/status`; the process is ours whatever `host.proc_root` says. */
import type { CollectorDeclaration } from "../../core/collector.ts";
import { openProcFile } from "../../io/proc-file.ts";
import { selfMetrics as m } from "./metrics.ts";

/** Source: Linux Documentation/filesystems/proc.rst, table 1-2; the unit "kB" there means 1,024 bytes. */
const fields = [
  ["RssAnon:", "anonymous"],
  ["RssFile:", "file"],
  ["RssShmem:", "shared"],
] as const;

export const memoryCollector: CollectorDeclaration = {
  id: "self.memory",
  title: "ChainPulse's own memory",
  metrics: [m.residentMemory],
  intervalMs: 5000,
  platforms: ["linux"],
  open(context) {
    const file = openProcFile("/proc/self/status");
    const series = fields.map(([field, kind]) => ({ field, handle: context.series(m.residentMemory, { kind }) }));
    return {
      collect() {
        const text = file.read();
        if (typeof text !== "string") return context.absent(file.path, [m.residentMemory], text);
        context.present(file.path);
        for (const { field, handle } of series) {
          const kilobytes = kilobytesOf(text, field);
          if (kilobytes !== null) handle.set(kilobytes * 1024);
        }
      },
      close: () => file.close(),
    };
  },
};

/** The number after `field`, in kB; `null` when the kernel does not print it. */
export function kilobytesOf(status: string, field: string): number | null {
  const at = status.indexOf(`\n${field}`);
  if (at < 0) return null;
  const value = Number.parseInt(status.slice(at + 1 + field.length), 10);
  return Number.isNaN(value) ? null : value;
}
