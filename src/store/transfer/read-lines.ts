/** Bytes from outside, as lines of text. */
import { importError } from "./series-run.ts";

/** Consecutive lines without their ends; the first one's number counts from 1. */
export interface LineBatch {
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** Longest line, characters: JSON of some hundred thousand samples. */
const lineCharsMax = 64 * 1024 * 1024;

/** Splits at `\n`; a last line without one counts too. Throws `IMPORT_INVALID` for what is no UTF-8 and for endless lines. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let firstLine = 1;
  let rest = "";
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw importError(`at line ${firstLine} or soon after`, "the text is not UTF-8", error);
    }
  };
  for await (const bytes of source) {
    const lines = decode(bytes).split("\n");
    lines[0] = rest + (lines[0] ?? "");
    rest = lines.pop() ?? "";
    if (rest.length > lineCharsMax)
      throw importError(`line ${firstLine + lines.length}`, `longer than ${lineCharsMax} characters`);
    if (lines.length > 0) yield { firstLine, lines };
    firstLine += lines.length;
  }
  rest += decode();
  if (rest !== "") yield { firstLine, lines: [rest] };
}
