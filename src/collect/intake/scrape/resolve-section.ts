/**
 * The section `scrape` as it is configured → as it is used: jobs of Prometheus's files among its own, each with its file's global
 * settings, and paths that hold wherever the process runs.
 */
import { dirname, isAbsolute, join } from "node:path";
import { prometheusFileSchema, type ScrapeJobConfig, type ScrapeSection } from "../../../core/config-scrape.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { matchPaths, readText } from "../../../io/text-file.ts";
import { scrapeJobs, withGlobals } from "./job.ts";

/** A hand-written configuration has some hundreds of KB at most. */
const fileBytesMax = 4 * 1024 * 1024;
/** As many anchors as a hand-written file may need; more is an attack. */
const aliasesMax = 1000;

/** Relative paths begin at `directory`, those in a file where that file is. Throws `SCRAPE_INVALID`. */
export async function resolveScrapeSection(section: ScrapeSection, directory: string): Promise<ScrapeSection> {
  const files = section.files.flatMap((pattern) => matchPaths(pattern, directory));
  const own = section.scrape_configs.map((job) => absolute(job, directory));
  const others = await Promise.all(files.map(readPrometheusFile));
  const resolved = { ...section, files, scrape_configs: [...own, ...others.flat()] };
  scrapeJobs(resolved.scrape_configs, resolved.global);
  return resolved;
}

async function readPrometheusFile(file: string): Promise<readonly ScrapeJobConfig[]> {
  const text = readConfigured(file);
  // Loaded only where there is such a file.
  const { parse } = await import("yaml");
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: aliasesMax });
  } catch (error) {
    throw new ChainPulseError("SCRAPE_INVALID", `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = prometheusFileSchema.safeParse(value ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${file}: ${path.join(".")}: ${message}`);
    throw new ChainPulseError("SCRAPE_INVALID", problems.join("\n"), {
      fix: "docs/scrape.md lists what is read of such a file.",
    });
  }
  const { global, scrape_configs: jobs } = parsed.data;
  return jobs.map((job) => absolute(withGlobals(job, global), dirname(file)));
}

/** A file that is named and cannot be read is a wrong setting. */
function readConfigured(file: string): string {
  try {
    return readText(file, fileBytesMax);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fix = "Correct the path in scrape.files, or let ChainPulse's user read the file.";
    throw new ChainPulseError("SCRAPE_INVALID", `scrape.files: ${reason}`, { fix, cause: error });
  }
}

/** The job with paths that do not depend on where it is read. */
function absolute(job: ScrapeJobConfig, directory: string): ScrapeJobConfig {
  const { basic_auth: basic, authorization, tls_config: tls, file_sd_configs: discovery } = job;
  const own = withPaths(job, ["bearer_token_file"], directory);
  return {
    ...own,
    ...(basic === undefined ? {} : { basic_auth: withPaths(basic, ["username_file", "password_file"], directory) }),
    ...(authorization === undefined ? {} : { authorization: withPaths(authorization, ["credentials_file"], directory) }),
    ...(tls === undefined ? {} : { tls_config: withPaths(tls, ["ca_file", "cert_file", "key_file"], directory) }),
    ...(discovery === undefined
      ? {}
      : { file_sd_configs: discovery.map((one) => ({ ...one, files: one.files.map((path) => pathAt(directory, path)) })) }),
  };
}

function withPaths<T extends object>(value: T, keys: readonly (keyof T)[], directory: string): T {
  const paths = keys.flatMap((key) => {
    const path = value[key];
    return typeof path === "string" ? [[key, pathAt(directory, path)] as const] : [];
  });
  return { ...value, ...Object.fromEntries(paths) };
}

function pathAt(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}
