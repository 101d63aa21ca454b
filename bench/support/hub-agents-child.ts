/** Many simulated agents in one process, each with its tick a second, spread over the second. Told what to do over the process's channel. */
import { createSimulatedAgent } from "./simulated-agent.ts";

/** What the parent gives as the one argument, in JSON. */
export interface DriverOptions {
  readonly url: string;
  readonly pin: string;
  readonly series: number;
  readonly agents: readonly { readonly node: string; readonly tokenFile: string }[];
}

/** `report`: answers what happened so far, or since `forget`; `stop`: no more ticks. */
export type DriverOrder = "start" | "forget" | "report" | "stop";

export interface DriverReport {
  readonly made: number;
  readonly waiting: number;
  readonly failing: number;
  /** From the tick to its acknowledgement, ms. */
  readonly acknowledgedMs: { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number };
  /** Of this process. */
  readonly cpuSeconds: number;
}

// The parent writes it; it is nobody's input.
const options = JSON.parse(process.argv[2] ?? "") as DriverOptions;
let latencies: number[] = [];
const agents = options.agents.map((agent) =>
  createSimulatedAgent({
    ...agent,
    ...options,
    onStored: (madeMs) => {
      const nowMs = performance.now();
      for (const made of madeMs) latencies.push(nowMs - made);
    },
  }),
);
const timers: NodeJS.Timeout[] = [];

process.on("message", (order: DriverOrder) => {
  if (order === "start")
    for (const [index, agent] of agents.entries()) setTimeout(() => run(agent), (1000 * index) / agents.length);
  if (order === "stop") for (const timer of timers) clearInterval(timer);
  if (order === "forget") latencies = [];
  if (order === "report") process.send?.(report());
});
process.on("disconnect", () => process.exit());

function run(agent: (typeof agents)[number]): void {
  agent.tick();
  timers.push(setInterval(() => agent.tick(), 1000));
}

function report(): DriverReport {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const { user, system } = process.cpuUsage();
  return {
    made: agents.reduce((sum, agent) => sum + agent.made(), 0),
    waiting: agents.reduce((sum, agent) => sum + agent.waiting(), 0),
    failing: agents.filter((agent) => agent.failing() !== null).length,
    acknowledgedMs: { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) },
    cpuSeconds: (user + system) / 1e6,
  };
}
