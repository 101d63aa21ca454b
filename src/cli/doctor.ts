/** `chainpulse doctor`: what works, what cannot be read and why, what is broken, and what to do about each. */
import { systemClock } from "../core/clock.ts";
import { type Config, configSchema } from "../core/config.ts";
import { dataDirOf, loadConfig } from "../io/config-file.ts";
import { ConfigError, formatConfigIssue } from "../io/config-file-error.ts";
import { createLogger } from "../io/logger.ts";
import { type CommandContext, defineCommand, exitCodes } from "./command.ts";
import { clientItems } from "./doctor-clients.ts";
import { checkDirectory, checkNode, checkPort } from "./doctor-local.ts";
import { type DoctorItem, formatReport, reportOf } from "./doctor-report.ts";
import { askServer } from "./doctor-server.ts";
import { checkItems, type Sources, sourceItems } from "./doctor-sources.ts";
import { configOption, dataDirOption, jsonOption, tokenFileOption, urlOption } from "./options.ts";
import { hasColour, printJson } from "./output.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary: "Say what cannot be read and why, what is broken, and what to do.",
  examples: [
    { command: "chainpulse doctor", help: "This machine; a running server is asked for its state" },
    { command: "chainpulse doctor --json", help: "For scripts" },
  ],
  options: {
    config: configOption,
    "data-dir": dataDirOption,
    url: urlOption,
    "token-file": tokenFileOption,
    json: jsonOption,
  },
  notes: "Exit code 3 when something is broken. What this machine merely does not have is listed, and is no fault.",
  run: async (context, options) => {
    const { config, items } = await checkConfiguration(context, options.config, options["data-dir"]);
    const server = await askServer(options, config);
    const sources = server?.sources ?? (await probeHere(context, config));
    const { output_dir: logDirectory } = config.logging;
    const report = reportOf([
      checkNode(process.versions.node, process.execPath),
      ...items,
      checkDirectory("data directory", dataDirOf(config, context.env)),
      ...(logDirectory === undefined ? [] : [checkDirectory("log directory", logDirectory)]),
      ...(server === null ? [await checkPort(config.server.listen)] : server.items),
      ...(await clientItems(config)),
      ...sourceItems(sources),
      ...checkItems(server?.checks ?? []),
    ]);
    if (options.json === true) printJson(context.stdout, report);
    else context.stdout.write(formatReport(report, hasColour(context.stdout, context.env)));
    return report.ok ? exitCodes.ok : exitCodes.checkFailed;
  },
});

/** The configuration, or the defaults where it is wrong: the rest can be looked at all the same. */
async function checkConfiguration(
  { env }: CommandContext,
  file: string | undefined,
  dataDir: string | undefined,
): Promise<{ readonly config: Config; readonly items: readonly DoctorItem[] }> {
  try {
    const { config, file: found, warnings } = await loadConfig({ file, flags: { dataDir }, env });
    const detail = found === null ? "no file; the defaults are in force" : `${found} is right`;
    return { config, items: [configItem("ok", detail), ...warnings.map((warning) => configItem("ok", `warning: ${warning}`))] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const items = error.issues.map((issue) => configItem("broken", formatConfigIssue(issue)));
    return { config: configSchema.parse({}), items };
  }
}

function configItem(state: DoctorItem["state"], detail: string): DoctorItem {
  return { area: "configuration", subject: "file", state, detail };
}

/** Reads every source twice in this process, as this user: what the server would see if it were started now. */
async function probeHere({ loadDomains, stderr }: CommandContext, config: Config): Promise<Sources> {
  const { probe } = await import("../collect/probe.ts");
  // What cannot be read is in the report; the log would say it a second time.
  const settings = { ...configSchema.parse({}).logging, level: "error" as const };
  const logger = createLogger({ settings, stderr, clock: systemClock, colour: false });
  return probe({ domains: await loadDomains(), config, logger });
}
