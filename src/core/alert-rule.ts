/** Alert rules as domains declare them: data, from which the analyse stage makes rules like those of a rule file. */
export interface AlertRuleDeclaration {
  /** The label `alertname`, in Prometheus's manner: `HostDiskFilling`. */
  readonly name: string;
  /** What it protects from, and where its limits come from. */
  readonly help: string;
  /** PromQL text from `promql-text.ts`; every element of its vector is an alert. */
  readonly expr: string;
  /** How long it must hold before the alert fires. */
  readonly forMs: number;
  /** How long the alert fires on after the condition has gone: against alerts that come and go. Default: 0. */
  readonly keepFiringForMs?: number;
  /** The label `severity`. */
  readonly severity: "info" | "warning" | "critical";
  /** One sentence, filled in as a template: `{{ $labels.system_device }}`, `{{ $value | humanizePercentage }}`. */
  readonly summary: string;
  /** What to do about it; a template too. */
  readonly action: string;
}
