/** What a running server says about itself, for `doctor`. */
import { z } from "zod";
import { absenceReasons } from "../core/absence.ts";
import { checkStatuses } from "../core/check.ts";
import type { Config } from "../core/config.ts";
import { ChainPulseError, type ErrorCode } from "../core/errors.ts";
import type { DoctorItem } from "./doctor-report.ts";
import type { DoctorCheck, Sources } from "./doctor-sources.ts";
import { targetItems } from "./doctor-targets.ts";
import { accessByUrl, accessLocal, type AccessOptions, type ServerAccess } from "./server-access.ts";

export interface ServerState {
  readonly items: readonly DoctorItem[];
  /** `null` where the server does not tell (it asks for a token, or it is another program). */
  readonly sources: Sources | null;
  readonly checks: readonly DoctorCheck[];
}

const statusSchema = z.object({
  version: z.string(),
  node: z.object({ id: z.string() }),
  configError: z.string().nullable(),
  collect: z.object({
    collecting: z.boolean(),
    series: z.number(),
    collectors: z.array(z.object({ id: z.string(), title: z.string(), state: z.string(), error: z.string().nullable() })),
    absences: z.array(
      z.object({
        collector: z.string(),
        source: z.string(),
        metrics: z.array(z.string()),
        // The reasons are the keys of the table; Object.keys loses that.
        reason: z.enum(Object.keys(absenceReasons) as (keyof typeof absenceReasons)[]),
        detail: z.string(),
        fix: z.string().optional(),
      }),
    ),
  }),
});

const healthSchema = z.object({
  checks: z.array(
    z.object({ id: z.string(), status: z.enum(checkStatuses), message: z.string(), action: z.string().nullable() }),
  ),
});

/** Asks the server of the configuration (or at `--url`); `null` where nothing answers there and no address was demanded. */
export async function askServer(options: AccessOptions, config: Config): Promise<ServerState | null> {
  const server = options.url === undefined ? accessLocal(config.server, options) : accessByUrl(options.url, options);
  try {
    const status = statusSchema.safeParse(await server.get("/api/v1/performance/status"));
    if (!status.success) return nothingKnown(server, "broken", "another program answers there, or another version");
    const path = `/api/v1/performance/nodes/${encodeURIComponent(status.data.node.id)}/health`;
    const health = healthSchema.safeParse(await server.get(path));
    return {
      items: [...statusItems(server, status.data), ...(await targetItems(server))],
      sources: status.data.collect,
      checks: health.success ? health.data.checks : [],
    };
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    if (refusals.has(error.code)) return nothingKnown(server, "absent", error.message, error.fix);
    if (options.url === undefined && isRefused(error)) return null;
    return nothingKnown(server, "broken", error.message, error.fix);
  }
}

const refusals: ReadonlySet<ErrorCode> = new Set(["UNAUTHENTICATED", "FORBIDDEN"]);

/** Nothing listens there: the port may be tried. */
function isRefused({ cause }: ChainPulseError): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}

function statusItems(
  { url }: ServerAccess,
  { version, node, configError, collect }: z.infer<typeof statusSchema>,
): readonly DoctorItem[] {
  const doing = collect.collecting ? "collecting" : "not collecting (enabled: false)";
  const running: DoctorItem = {
    area: "server",
    subject: url.origin,
    state: "ok",
    detail: `${version}, node ${node.id}, ${doing}`,
  };
  if (configError === null) return [running];
  const fix = "Correct the file; the configuration from before is in force.";
  return [running, { area: "server", subject: "reload", state: "broken", detail: configError, fix }];
}

function nothingKnown({ url }: ServerAccess, state: DoctorItem["state"], detail: string, fix?: string): ServerState {
  const item: DoctorItem = { area: "server", subject: url.origin, state, detail, ...(fix === undefined ? {} : { fix }) };
  return { items: [item], sources: null, checks: [] };
}
