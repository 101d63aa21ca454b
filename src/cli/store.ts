/** `chainpulse store`: the data directory as an operator sees it. Each action has a file of its own, loaded when it is asked for. */
import { dataDirOf, loadConfig } from "../io/config-file.ts";
import { defineCommand } from "./command.ts";
import { configOption, dataDirOption, jsonOption } from "./options.ts";
import { type StoreAction, storeActions, type StoreJob, type StoreOptions } from "./store-job.ts";
import { UsageError } from "./usage-error.ts";

/** The formats' names, written out: loading the formats costs more than `--help` may. A test compares. */
const formatChoices = ["jsonl", "openmetrics", "parquet"] as const;

const load: Readonly<Record<StoreAction, () => Promise<(job: StoreJob) => number | Promise<number>>>> = {
  stats: async () => (await import("./store-stats.ts")).storeStats,
  verify: async () => (await import("./store-verify.ts")).storeVerify,
  backup: async () => (await import("./store-backup.ts")).storeBackup,
  restore: async () => (await import("./store-restore.ts")).storeRestore,
  export: async () => (await import("./store-export.ts")).storeExport,
  import: async () => (await import("./store-import.ts")).storeImport,
};

export const store = defineCommand({
  name: "store",
  summary: "Measure, check, copy and move the stored data.",
  examples: [
    { command: "chainpulse store stats", help: "What takes how much space, and which metrics have the most series" },
    { command: "chainpulse store verify", help: "Read everything, name what is damaged; exit code 3 if something is" },
    { command: "chainpulse store backup /backup/monday", help: "A consistent copy, while the server runs" },
    { command: "chainpulse store restore /backup/monday", help: "Into an empty data directory" },
    { command: "chainpulse store export --from=-1d --output day.jsonl", help: "The last day as JSON lines" },
    { command: `chainpulse store export --format parquet --match '{node="a"}' > a.parquet`, help: "One node, for pandas" },
    { command: "chainpulse store import day.jsonl", help: "Into the data directory of a stopped server" },
  ],
  arguments: [
    { name: "ACTION", help: storeActions.join(", "), choices: storeActions },
    { name: "PATH", help: "backup, restore: the backup's directory; import: the file, - for stdin", optional: true },
  ],
  options: {
    quick: { type: "boolean", help: "Check structure and checksums only (verify)." },
    force: { type: "boolean", help: "Set the content of the data directory aside first (restore)." },
    format: {
      type: "string",
      value: "FORMAT",
      help: "jsonl, openmetrics or parquet (export, import; default jsonl).",
      choices: formatChoices,
    },
    match: { type: "string", value: "SELECTOR", help: "Series to export, as PromQL selects them (default: all)." },
    from: {
      type: "string",
      value: "TIME",
      help: "Samples after this time: RFC 3339, unix seconds, =-1h (default: the oldest).",
    },
    to: { type: "string", value: "TIME", help: "Samples up to this time (default: the newest)." },
    output: { type: "string", value: "FILE", help: "Where to export to (default: stdout)." },
    config: configOption,
    "data-dir": dataDirOption,
    json: jsonOption,
  },
  notes: [
    "Run it as the user that the server runs as. stats, verify, backup and export work while the server runs; restore and import",
    "need the data directory for themselves.",
    "export writes one series after the other, sorted by metric and labels, each in time order. Where raw samples are gone, it writes",
    "the first and the last of each minute or hour that the tiers have kept, if --from reaches back so far. OpenMetrics has no stale",
    "markers and one NaN; JSON lines and Parquet are lossless. import takes samples that are newer than all that is there, and refuses",
    "and counts the others.",
    "Exit code 3: verify found damage, or an export or a backup could not read everything.",
  ].join("\n"),
  run: async (context, options, [action = "", path]) => {
    const known = storeActions.find((name) => name === action);
    if (known === undefined) throw new UsageError(`unknown action ${JSON.stringify(action)}`);
    checkUse(known, options, path);
    const { config } = await loadConfig({ file: options.config, flags: { dataDir: options["data-dir"] }, env: context.env });
    const run = await load[known]();
    return run({ context, options, path: path ?? "", config, dataDir: dataDirOf(config, context.env) });
  },
});

/** Which actions a flag is for; those that are not here are for all of them. */
const flagUses: Readonly<Partial<Record<keyof StoreOptions, readonly StoreAction[]>>> = {
  quick: ["verify"],
  force: ["restore"],
  format: ["export", "import"],
  match: ["export"],
  from: ["export"],
  to: ["export"],
  output: ["export"],
  json: ["stats", "verify", "backup", "restore", "import"],
};
const needsPath: ReadonlyMap<StoreAction, string> = new Map([
  ["backup", "the directory to write"],
  ["restore", "the backup's directory"],
  ["import", "the file, or - for stdin"],
]);

function checkUse(action: StoreAction, options: StoreOptions, path: string | undefined): void {
  for (const [flag, uses] of Object.entries(flagUses)) {
    if (Object.hasOwn(options, flag) && !uses.includes(action)) throw new UsageError(`store ${action} takes no --${flag}`);
  }
  const expected = needsPath.get(action);
  if (expected !== undefined && path === undefined) throw new UsageError(`store ${action} needs a path: ${expected}`);
  if (expected === undefined && path !== undefined) throw new UsageError(`store ${action} takes no path`);
}
