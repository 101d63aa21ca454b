/** What a running server scrapes, for `doctor`: its jobs, and the targets that are down. */
import { z } from "zod";
import type { DoctorItem } from "./doctor-report.ts";
import type { ServerAccess } from "./server-access.ts";

const schema = z.object({
  pools: z.array(z.object({ pool: z.string(), active: z.number(), up: z.number(), problems: z.array(z.string()) })),
  targets: z.array(z.object({ pool: z.string(), url: z.string(), lastError: z.string() })),
  total: z.number(),
});

/** Targets that are listed one by one. */
const listedMax = 20;

/** Nothing where the server scrapes nothing. Throws what `get` throws. */
export async function targetItems(server: ServerAccess): Promise<readonly DoctorItem[]> {
  const page = schema.safeParse(await server.get(`/api/v1/performance/targets?health=down&limit=${listedMax}`));
  // Another version answers otherwise; what it is has been told already.
  if (!page.success) return [];
  const { pools, targets, total } = page.data;
  const item = (subject: string, state: DoctorItem["state"], detail: string): DoctorItem => ({
    area: "targets",
    subject,
    state,
    detail,
  });
  const left = total - targets.length;
  return [
    ...pools.map(({ pool, active, up }) => item(pool, "ok", `${up} of ${active} targets are up`)),
    ...pools.flatMap(({ pool, problems }) => problems.map((problem) => item(pool, "broken", problem))),
    ...targets.map(({ pool, url, lastError }) => item(`${pool} ${url}`, "broken", lastError)),
    ...(left > 0 ? [item("targets", "broken", `${left} more are down`)] : []),
  ];
}
