/** `chainpulse check-metrics`: says whether an exporter's text is what its format says, and where it is not. */
import { createReadStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { ChainPulseError } from "../core/errors.ts";
import { escapeText } from "../io/log-format.ts";
import { defineCommand, exitCodes } from "./command.ts";
import { jsonOption } from "./options.ts";
import { printJson } from "./output.ts";
import { countText, fileError } from "./store-job.ts";

export const checkMetrics = defineCommand({
  name: "check-metrics",
  summary: "Check the text that an exporter shows: the first problem with its line, column and what belongs there.",
  examples: [
    { command: "chainpulse check-metrics metrics.txt", help: "A file in the Prometheus text format" },
    { command: "curl -s localhost:9100/metrics | chainpulse check-metrics -", help: "A running exporter" },
    { command: "chainpulse check-metrics --format openmetrics metrics.txt", help: "By the strict rules of OpenMetrics 1.0" },
  ],
  arguments: [{ name: "FILE", help: "the text, - for standard input" }],
  options: {
    format: {
      type: "string",
      value: "FORMAT",
      choices: ["text", "openmetrics"],
      help: "Format of the text: text (default) or openmetrics.",
    },
    json: jsonOption,
  },
  notes: "Exit code 3 when the text is wrong.",
  run: async ({ stdout, stderr }, { format, json = false }, [path = ""]) => {
    const bytes = await readAll(path);
    try {
      const counts = await countOf(bytes, format === "openmetrics" ? "openmetrics" : "text");
      if (json) printJson(stdout, { ok: true, ...counts, problem: null });
      else stdout.write(`${countText(counts.families)} families, ${countText(counts.samples)} samples, no problem found.\n`);
      return exitCodes.ok;
    } catch (error) {
      if (!(error instanceof ChainPulseError)) throw error;
      if (json) printJson(stdout, { ok: false, problem: error.message });
      else stderr.write(`${escapeText(`${path}: ${error.message}`)}\n`);
      return exitCodes.checkFailed;
    }
  },
});

/** Throws `FILE_UNUSABLE`. */
async function readAll(path: string): Promise<Uint8Array> {
  try {
    return await buffer(path === "-" ? process.stdin : createReadStream(path));
  } catch (error) {
    throw fileError("read", path, error);
  }
}

interface Counts {
  readonly families: number;
  readonly samples: number;
}

async function countOf(bytes: Uint8Array, format: "text" | "openmetrics"): Promise<Counts> {
  const { readExposition } = await import("../io/openmetrics/read-exposition.ts");
  const counts = { families: 0, samples: 0 };
  for (const family of readExposition(bytes, format)) {
    counts.families++;
    counts.samples += family.samples.length;
  }
  return counts;
}
