/**
 * A rule of `relabel_configs`: checked and compiled. Source: Prometheus model/relabel/relabel.go, `Config.Validate`.
 */
import { RE2JS, RE2JSException } from "re2js";
import type { RelabelConfig } from "../../../core/config-scrape.ts";

export const relabelActions = [
  "replace",
  "keep",
  "drop",
  "keepequal",
  "dropequal",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
] as const;

export type RelabelAction = (typeof relabelActions)[number];

export interface RelabelRule {
  readonly action: RelabelAction;
  readonly sourceLabels: readonly string[];
  readonly separator: string;
  readonly regex: RE2JS;
  /** The pattern is the one that matches everything: most rules have no other. */
  readonly matchesAll: boolean;
  readonly modulus: bigint;
  readonly targetLabel: string;
  readonly replacement: string;
}

const anything = "(.*)";

/** Actions that write or compare a label by its name. */
const namesTarget: readonly RelabelAction[] = ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];

/** The rule, or what is wrong with it. */
export function compileRelabelRule(config: RelabelConfig): RelabelRule | { readonly fault: string } {
  const written = (config.action ?? "replace").toLowerCase();
  const action = relabelActions.find((known) => known === written);
  if (action === undefined)
    return { fault: `there is no action ${JSON.stringify(written)}; there are ${relabelActions.join(", ")}` };
  const fault = faultOf(action, config);
  if (fault !== null) return { fault };
  const pattern = config.regex ?? anything;
  try {
    return {
      action,
      sourceLabels: config.source_labels ?? [],
      separator: config.separator ?? ";",
      // A dot matches line ends, too, since Prometheus 3.
      regex: RE2JS.compile(pattern, RE2JS.DOTALL),
      matchesAll: pattern === anything,
      modulus: BigInt(config.modulus ?? 1),
      targetLabel: config.target_label ?? "",
      replacement: config.replacement ?? "$1",
    };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { fault: `${JSON.stringify(pattern.slice(0, 100))} is no regular expression: ${error.message}` };
  }
}

function faultOf(action: RelabelAction, config: RelabelConfig): string | null {
  const { target_label: target = "", modulus, separator, replacement, regex, source_labels: sources } = config;
  if (action === "hashmod" && modulus === undefined) return "hashmod needs a modulus";
  if (namesTarget.includes(action) && target === "") return `${action} needs a target_label`;
  if (namesTarget.includes(action) && !(action === "replace" && target.includes("$")) && !target.isWellFormed())
    return `target_label is not valid text`;
  if (["lowercase", "uppercase", "keepequal", "dropequal"].includes(action) && replacement !== undefined)
    return `${action} takes no replacement`;
  const others = [modulus, separator, replacement];
  if ((action === "keepequal" || action === "dropequal") && [...others, regex].some((value) => value !== undefined))
    return `${action} takes only source_labels and target_label`;
  const named = [sources, config.target_label];
  if ((action === "labeldrop" || action === "labelkeep") && [...others, ...named].some((value) => value !== undefined))
    return `${action} takes only regex`;
  return null;
}
