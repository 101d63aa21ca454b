/** Groups of targets as files list them, for `file_sd_configs`. Source: Prometheus discovery/file/file.go, discovery/targetgroup. */
import { parse } from "yaml";
import { z } from "zod";
import { ChainPulseError } from "../../../core/errors.ts";

/** What a target has before relabelling, its address among it. */
export type DiscoveredLabels = ReadonlyMap<string, string>;

const scalar = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);
const groups = z
  .array(
    z.strictObject({
      targets: z.array(z.string().min(1).max(4096)).max(100_000),
      labels: z.record(z.string().min(1).max(1024), scalar).nullish(),
      // Other programs leave a note here, which says nothing of targets.
      source: z.string().optional(),
    }),
  )
  .max(100_000)
  .nullable();

/** As many anchors as a hand-written file may need; more is an attack. */
const aliasesMax = 100;

/** The targets of a file, whose name tells its syntax. Throws `SCRAPE_INVALID` with the file and what is wrong in it. */
export function readTargetFile(text: string, file: string): readonly DiscoveredLabels[] {
  let value: unknown;
  try {
    value = file.endsWith(".json") ? JSON.parse(text) : parse(text, { maxAliasCount: aliasesMax });
  } catch (error) {
    throw new ChainPulseError("SCRAPE_INVALID", `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = groups.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ChainPulseError("SCRAPE_INVALID", `${file}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  return (parsed.data ?? []).flatMap((group) => targetsOf(group.targets, { ...group.labels, __meta_filepath: file }));
}

/** Each target with the labels of its group. */
export function targetsOf(
  targets: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): readonly DiscoveredLabels[] {
  return targets.map((address) => new Map([...Object.entries(labels), ["__address__", address] as const]));
}
