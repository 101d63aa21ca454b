/** Flags that several commands share, so that they mean the same everywhere. */
import type { OptionDeclaration } from "./read-arguments.ts";

export const configOption = {
  type: "string",
  value: "FILE",
  help: "Configuration file (default: the first that exists, see check-config --help).",
} as const satisfies OptionDeclaration;

export const dataDirOption = {
  type: "string",
  value: "DIR",
  help: "The server's data directory, where the configuration does not say it.",
} as const satisfies OptionDeclaration;

export const jsonOption = { type: "boolean", help: "Print JSON instead of text." } as const satisfies OptionDeclaration;

export const urlOption = {
  type: "string",
  value: "URL",
  help: "The running server (default: where the configuration says that it listens).",
} as const satisfies OptionDeclaration;

export const tokenFileOption = {
  type: "string",
  value: "FILE",
  help: "File with the access token, where the server asks for one.",
} as const satisfies OptionDeclaration;
