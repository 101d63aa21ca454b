/** Names of any text in places that take letters, digits and `_` only, such as a path. Source: prometheus/common model/metric.go, `UnescapeName`. */

const prefix = "U__";

/** `U__http_2e_status` → `http.status`; every other name, and one that only looks escaped, is as it stands. */
export function unescapeName(name: string): string {
  if (!name.startsWith(prefix)) return name;
  let plain = "";
  for (let at = prefix.length; at < name.length;) {
    const [part = "", hex] = /^(?:[^_]|__|_([0-9a-fA-F]{1,6})_)/.exec(name.slice(at, at + 8)) ?? [];
    const code = hex === undefined ? 0 : Number.parseInt(hex, 16);
    // No such character: whoever made the name has not escaped it.
    if (part === "" || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) return name;
    plain += hex === undefined ? part.charAt(0) : String.fromCodePoint(code);
    at += part.length;
  }
  return plain;
}
