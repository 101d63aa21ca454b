/** What a picture in a terminal is drawn with: cells of text with a style each, and lines that fit the width. */
import { escapeText } from "../../io/log-format.ts";

/** SGR codes of ECMA-48. What a colour says, a sign or a word says too. */
const styles = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33", blue: "34", cyan: "36" } as const;

export type Style = keyof typeof styles;

export interface Look {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

/** Without a terminal: lines that fit into a mail. */
export const plainWidth = 100;
/** Narrower ones get lines of this width, which they wrap. */
const narrowest = 40;
/** Wider ones leave the rest empty: an eye that goes from a name to its bar must find it. */
const widest = 160;

/** `columns` as the terminal says them; `undefined` where there is none. */
export function fittingWidth(columns: number | undefined): number {
  return columns === undefined ? plainWidth : Math.min(widest, Math.max(narrowest, columns));
}

/** The text in that style; as it is where there are no colours. */
export function painted(text: string, style: Style, { colour }: Look): string {
  return colour && text !== "" ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
}

/** Exactly `width` characters: cut with an ellipsis, or filled with blanks. Text from outside is made harmless first. */
export function cell(text: string, width: number, align: "left" | "right" = "left"): string {
  const characters = Array.from(escapeText(text));
  if (characters.length > width) return width < 1 ? "" : `${characters.slice(0, width - 1).join("")}…`;
  const blanks = " ".repeat(width - characters.length);
  return align === "left" ? characters.join("") + blanks : blanks + characters.join("");
}

/** Words in lines of at most `width` characters; a word that is longer has one of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of escapeText(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
