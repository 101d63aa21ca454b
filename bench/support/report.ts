/** A benchmark's result: one JSON line on stdout, with the machine it was measured on. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, uptime } from "node:os";

export function report(name: string, figures: Readonly<Record<string, unknown>>): void {
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  console.log(
    JSON.stringify({
      bench: name,
      date: new Date().toISOString().slice(0, 10),
      cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
      node: process.version,
      commit,
      uptimeSeconds: Math.round(uptime()),
      load1: Number((loadavg()[0] ?? 0).toFixed(2)),
      ...figures,
    }),
  );
}

export function round(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}
