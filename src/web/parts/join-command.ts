/** The command that adds a node, as it has to be typed on this server's machine. */
import { status } from "../data/server.ts";

/** With this server's own configuration file and the address that the page was loaded from. */
export function joinCommand(): string {
  const file = status.value?.configFile ?? null;
  const config = file === null ? "" : ` --config ${quoted(file)}`;
  return `chainpulse agent add node-1 --url ${location.origin}${config} > node-1.token`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
