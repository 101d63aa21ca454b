/** Secrets that an operator keeps in files: read each time they are used, so that a changed one holds without a restart. */
import { readFile } from "node:fs/promises";
import { ChainPulseError } from "../core/errors.ts";
import { Secret } from "../core/secret.ts";

/** The content without white space at its ends. Error: `FILE_UNUSABLE` where it cannot be read or is empty. */
export async function readSecretFile(path: string): Promise<Secret> {
  const fix = "Name a file that holds the secret and that the server's user may read.";
  let text: string;
  try {
    text = (await readFile(path, "utf8")).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChainPulseError("FILE_UNUSABLE", `the secret cannot be read: ${reason}`, { fix, cause: error });
  }
  if (text === "") throw new ChainPulseError("FILE_UNUSABLE", `the file of the secret is empty: ${path}`, { fix });
  return new Secret(text);
}
