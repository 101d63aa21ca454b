/** A domain for tests: two wheels that turn, a kettle, twelve processes, a noise that nobody can measure, shifts, and parts not built. */
import type { Domain } from "../core/domain.ts";
import { type Labels, metricNameLabel } from "../core/labels.ts";
import { defineMetrics } from "../core/metric.ts";
import { perSecond, select } from "../core/promql-text.ts";

export const lab = defineMetrics({
  heat: { name: "lab.heat", kind: "gauge", unit: "Cel", help: 'Heat of the kettle,\nwith a \\ and a "quote".' },
  turns: { name: "lab.turns", kind: "counter", unit: "{turn}", help: "Turns of each wheel.", labels: { wheel: null } },
  work: { name: "lab.work", kind: "gauge", unit: "1", help: "Work of each process.", labels: { pid: null, name: null } },
  noise: { name: "lab.noise", kind: "gauge", unit: "W", help: "Noise, which nobody can measure here." },
});

export const labDomain: Domain = {
  id: "lab",
  title: "Laboratory",
  metrics: lab,
  collectors: [],
  events: [{ kind: "lab.shift", title: "Shift", help: "A shift of work.", fields: { number: "Its number." } }],
  fleet: [
    { name: "heatCelsius", help: "Heat.", unit: "Cel", expr: select(lab.heat) },
    {
      name: "busiestPercent",
      help: "The process that works most.",
      unit: "%",
      expr: select(lab.work),
      reduce: "max",
      scale: 100,
    },
  ],
  views: [
    {
      name: "cpu",
      help: "The wheels.",
      fields: [
        { name: "usagePercent", help: "Mean of all.", unit: "%", expr: `avg(${perSecond(lab.turns)})`, scale: 100 },
        { name: "temperature", help: "Heat.", unit: "Cel", expr: select(lab.heat), reduce: "max" },
        { name: "noiseWatts", help: "Noise.", unit: "W", expr: select(lab.noise) },
        { name: "ambiguous", help: "Two series where one is declared.", unit: "1", expr: select(lab.turns) },
      ],
      lists: [
        {
          name: "coreMetrics",
          help: "One row per wheel.",
          key: { field: "coreId", label: "wheel", help: "The wheel." },
          fields: [{ name: "usagePercent", help: "Its turns.", unit: "%", expr: perSecond(lab.turns), scale: 100 }],
        },
      ],
    },
    {
      name: "gpu",
      help: "Not built.",
      fields: ["usagePercent", "memoryUsed", "tensorCoreUtilization"].map((name) => notBuilt(name)),
    },
    {
      name: "process",
      help: "Processes.",
      fields: [],
      lists: [
        {
          name: "processes",
          help: "One row per process.",
          key: { field: "pid", label: "pid", help: "Its number." },
          labels: [{ field: "name", label: "name", help: "Its name." }],
          fields: [{ name: "cpuPercent", help: "Its work.", unit: "%", expr: select(lab.work), scale: 100 }],
        },
      ],
    },
    {
      name: "aiModels",
      help: "Models.",
      fields: [],
      rows: {
        name: "aiModels",
        help: "One row per model.",
        key: { field: "modelName", label: "model", help: "Its name." },
        fields: ["inferenceLatencyMs", "throughputPerSecond", "acceleratorUtilization"].map((name) => notBuilt(name)),
      },
    },
    {
      name: "quantumMetrics",
      help: "Not built.",
      fields: ["qrngThroughput", "postQuantumOverhead", "merkleTreeOperationsPerSecond"].map((name) => notBuilt(name)),
    },
  ],
  panels: [
    {
      id: "wheels",
      title: "Wheels",
      panels: [
        {
          id: "turns",
          title: "Turns",
          help: "How fast the wheels turn.",
          unit: "count/s",
          queries: [{ expr: perSecond(lab.turns), legend: "{{wheel}}" }],
          metrics: [lab.turns.name],
        },
      ],
    },
  ],
  checks: [],
  alerts: [],
};

function notBuilt(name: string): Domain["views"][number]["fields"][number] {
  return { name, help: "Later.", unit: "1", expr: null, absent: { reason: "not_built_yet", detail: "no reader yet" } };
}

/** The samples of one tick of the laboratory: two wheels, a kettle, twelve processes. */
export function labSamples(turns: readonly [number, number], heat: number): readonly (readonly [Labels, number])[] {
  const processes = Array.from({ length: 12 }, (_, index) => {
    const labels = { [metricNameLabel]: lab.work.prometheusName, pid: String(index + 1), name: `p${index % 3}` };
    return [labels, index / 100] as const;
  });
  return [
    [{ [metricNameLabel]: lab.heat.prometheusName }, heat],
    [{ [metricNameLabel]: lab.turns.prometheusName, wheel: "0" }, turns[0]],
    [{ [metricNameLabel]: lab.turns.prometheusName, wheel: "10" }, turns[1]],
    ...processes,
  ];
}
