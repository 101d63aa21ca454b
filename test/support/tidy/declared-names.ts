/** All metric names that the product declares, in both spellings, from the `metrics.ts` files themselves. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export async function declaredMetricNames(root: string): Promise<readonly string[]> {
  const paths = globSync("src/**/metrics.ts", { cwd: root });
  const modules: readonly Record<string, unknown>[] = await Promise.all(
    paths.map((path) => import(pathToFileURL(join(root, path)).href)),
  );
  return modules.flatMap((module) => Object.values(module)).flatMap(namesIn);
}

/** The names in a group of metrics, as `defineMetrics` returns it; nothing for other exports. */
function namesIn(group: unknown): readonly string[] {
  if (typeof group !== "object" || group === null) return [];
  return Object.values(group).flatMap((metric: unknown) => (isMetric(metric) ? [metric.name, metric.prometheusName] : []));
}

function isMetric(value: unknown): value is { readonly name: string; readonly prometheusName: string } {
  return typeof value === "object" && value !== null && "name" in value && "prometheusName" in value;
}
