/** The server's answers as the dashboard reads them. Server and page are one version, so shapes are trusted, values are not. */
import type { ReportedAbsence, AbsenceReason } from "../../core/absence.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import type { PanelSection } from "../../core/panel.ts";
import type { StoreStats } from "../../core/storage.ts";
import type { ViewGroup } from "../../core/view.ts";

export interface SessionState {
  readonly authRequired: boolean;
  readonly authenticated: boolean;
  readonly scopes: readonly string[];
  readonly expiresMs: number | null;
}

export interface CollectorStatus {
  readonly id: string;
  readonly title: string;
  readonly state: "ok" | "failing" | "open" | "idle" | "unsupported";
  readonly lastRunMs: number | null;
  readonly lastDurationSeconds: number | null;
  readonly series: number;
  readonly error: string | null;
}

export interface CollectStatus {
  readonly collecting: boolean;
  readonly lastTickMs: number | null;
  readonly series: number;
  readonly collectors: readonly CollectorStatus[];
  readonly absences: readonly ReportedAbsence[];
  readonly store: StoreStats;
}

export interface ServerStatus {
  readonly version: string;
  readonly role: string;
  readonly node: { readonly id: string; readonly type: string; readonly labels: Readonly<Record<string, string>> };
  readonly startedAtMs: number;
  readonly serverTimeMs: number;
  readonly samplingIntervalMs: number;
  readonly configFile: string | null;
  readonly configWarnings: readonly string[];
  readonly configError: string | null;
  readonly collect: CollectStatus;
  /** Nodes that report here from elsewhere. */
  readonly agents: number;
  readonly platform: string;
  readonly nodeVersion: string;
  /** IANA zone of the node's clock. */
  readonly timeZone?: string;
}

export interface DomainSection extends PanelSection {
  readonly domain: string;
  readonly domainTitle: string;
}

export interface DomainViewGroup extends ViewGroup {
  readonly domain: string;
}

export interface MetricDescription {
  readonly name: string;
  readonly prometheusName: string;
  readonly kind: string;
  readonly unit: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly domain: string;
  readonly stability: string;
}

export interface SeriesQuery {
  readonly id: string;
  readonly expr: string;
}

export interface SeriesResult {
  readonly id: string;
  readonly series: readonly { readonly labels: Labels; readonly values: readonly (number | null)[] }[];
  readonly warnings?: readonly string[];
  readonly error?: { readonly code: ErrorCode; readonly detail: string };
}

export interface SeriesAnswer {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly results: readonly SeriesResult[];
}

export type ProcessRow = Readonly<Record<string, string | number | null>>;

export interface ProcessList {
  readonly timestampMs: number;
  readonly total: number;
  readonly next: string | null;
  readonly processes: readonly ProcessRow[];
  /** Numeric field → its UCUM unit, in the order of the declaration. */
  readonly units: Readonly<Record<string, string>>;
}

/** One value of the node's view. */
export interface ViewValue {
  readonly value: number | null;
  readonly unit: string;
  readonly unavailable?: { readonly reason: AbsenceReason; readonly detail: string; readonly fix?: string };
}
