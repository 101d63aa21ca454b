/** Text that any local user can choose (process names, unit names, mount points), made fit to be a label. */

const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Control characters (terminal escapes, line ends, direction overrides) become visible escapes: `\x1b`, `\u202e`; the rest is kept.
 * Longer texts are cut at `maxLength` UTF-16 units, never inside a character.
 */
export function cleanText(text: string, maxLength = 256): string {
  const visible = text.replaceAll(controlCharacters, escapeCharacter);
  if (visible.length <= maxLength) return visible;
  const cut = visible.slice(0, maxLength - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}
