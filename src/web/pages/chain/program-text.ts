/** `Geth/v1.16.4-stable`, `lodestar v1.5.1`: the kind only where the version does not begin with it. */
export function programText(kind: string, version: string): string {
  return version.toLowerCase().startsWith(kind.toLowerCase()) ? version : `${kind} ${version}`.trim();
}
