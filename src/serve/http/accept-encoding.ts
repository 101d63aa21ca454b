/** Which compression a client takes. Source: RFC 9110 §12.5.3. */

/** The first of `offered` that the client does not refuse (`;q=0`) and that no other has a greater weight than; `null` for none. */
export function chooseEncoding<E extends string>(accept: string, offered: readonly E[]): E | null {
  const weights = new Map<string, number>();
  for (const part of accept.toLowerCase().split(",")) {
    // Split at the sign and trimmed: a pattern with the blanks in it takes the square of their number.
    const [coding = "", ...parameters] = part.split(";").map((text) => text.trim());
    const weight = parameters.find((text) => text.startsWith("q="))?.slice("q=".length);
    weights.set(coding, Number(weight ?? 1));
  }
  const weightOf = (encoding: E): number => weights.get(encoding) ?? weights.get("*") ?? 0;
  const best = Math.max(...offered.map(weightOf));
  return best > 0 ? (offered.find((encoding) => weightOf(encoding) === best) ?? null) : null;
}
