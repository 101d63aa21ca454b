/** The file that says which distribution this is. Source: os-release(5): shell-like assignments, values quoted or not. */

/** `NAME="Debian GNU/Linux"` → NAME: Debian GNU/Linux. Lines that are no assignment are skipped; 64 assignments at most. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n", 256)) {
    const [, key, raw] = /^\s*([A-Z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined || raw === undefined || values.size >= 64) continue;
    values.set(key, unquote(raw));
  }
  return values;
}

function unquote(raw: string): string {
  const quote = raw[0];
  const quoted = raw.length >= 2 && (quote === '"' || quote === "'") && raw.endsWith(quote);
  if (!quoted) return raw;
  const inner = raw.slice(1, -1);
  // Within double quotes a backslash keeps these characters from the shell; within single ones there is no escape.
  return quote === '"' ? inner.replaceAll(/\\(["$`\\])/g, "$1") : inner;
}
