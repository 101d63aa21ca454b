/**
 * The commented configuration file that `init` writes: every setting of the schema with its description and default. A line that
 * begins with `#` and a letter is a setting that is switched off: deleting the `#` switches it on. `# ` begins a sentence; a setting
 * that has neither a default nor an example is one.
 */
import { configRootKey } from "../core/config.ts";
import { configJsonSchema, describeExpected, type SchemaNode } from "../io/config-file-schema.ts";
import { escapeText } from "../io/log-format.ts";
import type { Found } from "./init-detect.ts";

/** The file's text. */
export function configTemplate(found: Found): string {
  const sections = Object.entries(configJsonSchema().properties ?? {});
  // Reserved sections have no settings yet.
  const built = sections.filter(([, node]) => node.properties === undefined || Object.keys(node.properties).length > 0);
  return [
    "# ChainPulse's settings. Delete the # in front of a setting to change it; what is not set has the default shown.",
    "# Check the file with: chainpulse check-config",
    "#",
    ...describeFound(found).map((line) => `# ${escapeText(line)}`),
    `${configRootKey}:`,
    ...built.flatMap(([name, node]) => settingLines(name, node, 1, found)),
    "",
  ].join("\n");
}

function describeFound({ clients, gpus }: Found): readonly string[] {
  const lines = [
    ...clients.map(({ what, evidence }) => `${what}, ${evidence}`),
    ...gpus.map((device) => `GPU device ${device}`),
  ];
  if (lines.length === 0)
    return ["Found on this machine: no blockchain client and no GPU that is known by its process, port or device."];
  return ["Found on this machine (what ChainPulse reads of it: chainpulse doctor):", ...lines.map((line) => `  ${line}`)];
}

function settingLines(name: string, node: SchemaNode, depth: number, found: Found): readonly string[] {
  const indent = "  ".repeat(depth);
  if (node.properties !== undefined) {
    const children = Object.entries(node.properties).flatMap(([child, schema]) =>
      settingLines(child, schema, depth + 1, found),
    );
    // A section that has no default must stay off as a whole.
    const optional = node.default === undefined;
    const head = node.description === undefined ? [] : [`${indent}# ${node.description}`];
    if (optional && !children.some((line) => switchedOff.test(line))) return [...head, `${indent}# ${name}:`, ...children];
    return [...head, `${indent}${optional ? "#" : ""}${name}:`, ...children];
  }
  const example = depth === 2 && name === "id" ? found.hostname : (node.default ?? examples[name]);
  if (example === undefined) return [`${indent}# ${name}: ${node.description ?? ""} (${describeExpected(node)})`];
  const comment = `${indent}# ${node.description ?? ""} (${describeExpected(node)})`;
  if (depth === 2 && name === "id") return [comment, `${indent}${name}: ${JSON.stringify(found.hostname)}`];
  // JSON is YAML.
  return [comment, `${indent}#${name}: ${JSON.stringify(example)}`];
}

const switchedOff = /^ *#[a-z_]/;

/** Of the right form, where the default depends on the machine or there is none. */
const examples: Readonly<Record<string, string>> = {
  model_path: "/path/to/optimization/model",
  output_dir: "/var/log/chainpulse",
  data_dir: "/var/lib/chainpulse",
  cert_file: "/etc/chainpulse/tls.crt",
  key_file: "/etc/chainpulse/tls.key",
  external_url: "https://pulse.example.org",
  write_url: "http://127.0.0.1:8428/api/v1/write",
  query_url: "http://127.0.0.1:8428",
};
