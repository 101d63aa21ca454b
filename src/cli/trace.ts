/** `chainpulse trace`: one transaction, block or trace, drawn in the terminal from what the running server knows. */
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../core/clock.ts";
import { ChainPulseError } from "../core/errors.ts";
import { type AskedTrace, askedTrace } from "../core/trace/asked-trace.ts";
import { type CommandContext, defineCommand, exitCodes } from "./command.ts";
import { configOption, jsonOption, tokenFileOption, urlOption } from "./options.ts";
import { hasColour, printJson } from "./output.ts";
import { openServer, type ServerAccess } from "./server-access.ts";
import { drawAnswer } from "./trace/draw-answer.ts";
import { follow } from "./trace/follow.ts";
import { fittingWidth } from "./trace/sheet.ts";
import { readTrace, type TraceAnswer } from "./trace/trace-answer.ts";
import { traceparentOf } from "./trace/traceparent.ts";
import { UsageError } from "./usage-error.ts";

/** Between two looks at a transaction that waits. */
const pollMs = 1000;

export const trace = defineCommand({
  name: "trace",
  summary: "Draw a transaction's, a block's or any trace's way through the nodes.",
  examples: [
    { command: "chainpulse trace 0x5c50…a1", help: "Where is this transaction, and what did it wait for?" },
    { command: "chainpulse trace --follow 0x5c50…a1", help: "The same, until it is in a block" },
    { command: "chainpulse trace --json 4bf92f3577b34da6a3ce929d0e0e4736", help: "Any trace, by its id, for scripts" },
    {
      command: 'curl -H "traceparent: $(chainpulse trace --traceparent node-1/geth 0x5c50…a1)" …',
      help: "Let the client's own spans of a submission join the trace",
    },
  ],
  arguments: [{ name: "HASH", help: "hash of a transaction or block, with or without 0x; or a trace id" }],
  options: {
    follow: { type: "boolean", help: "Go on while it is pending, or not there yet; Ctrl-C ends it." },
    traceparent: {
      type: "string",
      value: "NODE/CLIENT",
      help: "Print the W3C header with which a request joins the trace, below what that client's node tells; asks no server.",
    },
    url: urlOption,
    config: configOption,
    "token-file": tokenFileOption,
    json: jsonOption,
  },
  notes: "Exit code 1 where nothing is known of it. Colours and widths are those of the terminal; elsewhere 100 columns.",
  run: async (context, options, [text = ""]) => {
    const asked = askedTrace(text);
    if (asked === null)
      throw new UsageError(`${JSON.stringify(text)} is no hash of 64 hexadecimal digits and no trace id of 32`);
    if (options.traceparent !== undefined) {
      context.stdout.write(`${traceparentOf(asked, options.traceparent)}\n`);
      return exitCodes.ok;
    }
    const server = await openServer(context, options);
    const show = (answer: TraceAnswer): void => {
      if (options.json === true) printJson(context.stdout, answer.body);
      else context.stdout.write(drawnFor(context, answer));
    };
    const answer =
      options.follow === true
        ? await followed(context, server, asked, options.json === true)
        : await readTrace(server, asked.traceId);
    if (answer === null) throw nothingKnown(asked, server.url);
    show(answer);
    return exitCodes.ok;
  },
});

function drawnFor({ stdout, env }: CommandContext, answer: TraceAnswer): string {
  return drawAnswer(answer, systemClock.nowMs(), { width: fittingWidth(stdout.columns), colour: hasColour(stdout, env) });
}

/** On a terminal the picture is drawn anew where it stands; elsewhere a line tells each change. JSON is the last answer alone. */
function followed(context: CommandContext, server: ServerAccess, asked: AskedTrace, isQuiet: boolean): Promise<TraceAnswer> {
  return follow({
    read: () => readTrace(server, asked.traceId),
    wait: () => wait(pollMs),
    show: (answer) => {
      if (isQuiet) return;
      // ECMA-48: cursor to the first place, and erase the display.
      if (context.stdout.isTTY && answer !== null) context.stdout.write(`\u001b[H\u001b[2J${drawnFor(context, answer)}`);
    },
    tell: (line) => {
      if (!context.stdout.isTTY) context.stderr.write(`${line}\n`);
    },
  });
}

function nothingKnown({ hash, traceId }: AskedTrace, { origin }: URL): ChainPulseError {
  return new ChainPulseError("NOT_FOUND", `${origin} knows nothing of ${hash ?? traceId}`, {
    fix: [
      "No watched node has seen it; or it was not sampled, because there were more transactions than",
      "chain.tracing.max_transactions_per_second; or it was there before it was watched; or it is older than what is",
      "kept (telemetry.traces). Where it was just submitted: --follow waits for it.",
    ].join("\n"),
  });
}
