/** The editor in the page's own colours: every value is a custom property of `styles/tokens.css`, so that a change of theme needs no code. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const popup = {
  border: "1px solid var(--line-strong)",
  borderRadius: "var(--radius)",
  backgroundColor: "var(--raised)",
  color: "var(--text)",
  boxShadow: "var(--shadow)",
} as const;

const look = EditorView.theme({
  "&": { fontSize: "var(--text-13)", color: "var(--text)", backgroundColor: "var(--surface)" },
  "&.cm-editor": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", maxHeight: "240px" },
  ".cm-content": { padding: "5px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 8px" },
  ".cm-placeholder": { color: "var(--text-dim)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--status-critical)" },
  ".cm-variable, .cm-variable span": { color: "var(--accent)", fontStyle: "italic" },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--status-critical)",
    textDecorationSkipInk: "none",
  },
  ".cm-lintPoint-error::after": { borderBottomColor: "var(--status-critical)" },
  ".cm-tooltip": popup,
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "var(--text-12)", maxHeight: "260px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px", lineHeight: "18px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--text)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)", fontWeight: "600" },
  ".cm-completionDetail": { color: "var(--text-dim)", fontStyle: "normal" },
  ".cm-completionIcon": { display: "none" },
  ".cm-tooltip.cm-completionInfo": { ...popup, padding: "8px 10px", fontFamily: "var(--font)", fontSize: "var(--text-12)" },
  // There it would cover the list that it explains.
  "@media (max-width: 560px)": { ".cm-tooltip.cm-completionInfo": { display: "none" } },
  ".cm-tooltip-lint": { fontFamily: "var(--font)", fontSize: "var(--text-12)" },
  ".cm-diagnostic": { padding: "6px 10px" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--status-critical)" },
  ".cm-help": { maxWidth: "46ch", padding: "8px 10px", fontFamily: "var(--font)", fontSize: "var(--text-12)" },
  ".cm-help code": { display: "block", fontFamily: "var(--mono)" },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--text-dim)", fontStyle: "italic" },
  { tag: tags.labelName, color: "var(--syntax-label)" },
  { tag: tags.string, color: "var(--syntax-string)" },
  { tag: tags.number, color: "var(--syntax-number)" },
  { tag: tags.variableName, color: "var(--text)" },
  { tag: tags.function(tags.variableName), color: "var(--syntax-function)" },
  { tag: tags.operatorKeyword, color: "var(--syntax-function)", fontWeight: "600" },
  { tag: [tags.modifier, tags.logicOperator], color: "var(--syntax-keyword)" },
  { tag: tags.operator, color: "var(--text-soft)" },
]);

/** Frame, popups and syntax colours. */
export const pageTheme: Extension = [look, syntaxHighlighting(colours)];
