/** `chainpulse annotate`: marks a moment on every chart, from a deployment script or by hand. */
import { annotationKinds } from "../core/annotation.ts";
import { defineCommand, exitCodes } from "./command.ts";
import { configOption, jsonOption, tokenFileOption, urlOption } from "./options.ts";
import { printJson } from "./output.ts";
import { openServer } from "./server-access.ts";

export const annotate = defineCommand({
  name: "annotate",
  summary: "Mark a moment on every chart.",
  examples: [
    { command: 'chainpulse annotate deploy "geth 1.16.4"', help: "From a deployment script" },
    { command: 'chainpulse annotate note "disk replaced" --text "slot 3"', help: "With details" },
  ],
  arguments: [
    { name: "KIND", help: `what happened: ${annotationKinds.join(", ")}`, choices: annotationKinds },
    { name: "TITLE", help: "the text at the mark" },
  ],
  options: {
    text: { type: "string", value: "TEXT", help: "Details, shown when the mark is opened." },
    url: urlOption,
    config: configOption,
    "token-file": tokenFileOption,
    json: jsonOption,
  },
  run: async (context, options, [kind, title]) => {
    const server = await openServer(context, options);
    const { text } = options;
    const answer = await server.post("/api/v1/performance/annotations", {
      kind,
      title,
      ...(text === undefined ? {} : { text }),
    });
    if (options.json === true) printJson(context.stdout, answer);
    else context.stderr.write("The mark is on every chart.\n");
    return exitCodes.ok;
  },
});
