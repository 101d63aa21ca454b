/**
 * The PromQL editor: CodeMirror in a shadow root. Inside of one its styles are constructed style sheets, which the content security
 * policy allows; in the page itself they would be inline `<style>` elements, which it forbids (style-mod, `StyleSet`).
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { linter, lintKeymap } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, keymap, MatchDecorator, placeholder, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { errorText } from "../data/http.ts";
import { checkExpression } from "./check.ts";
import { hoverHelp } from "./help.ts";
import { promqlWithVariables } from "./language.ts";
import { metricSource } from "./metric-source.ts";
import { pageTheme } from "./theme.ts";

export interface EditorOptions {
  readonly text: string;
  readonly label: string;
  readonly placeholder: string;
  /** The text was changed, by a key or by `setText`. */
  readonly changed: (text: string) => void;
  /** Enter. */
  readonly run: () => void;
  /** Up in the first line: an older expression. Down in the last: a newer one. */
  readonly recall: (direction: "older" | "newer") => void;
  /** Completion or checking does not work, and why. */
  readonly failed: (message: string) => void;
}

export interface PromqlEditor {
  setText(text: string): void;
  focus(): void;
  destroy(): void;
}

/** The text is checked this long after the last key, ms. */
const checkAfterMs = 400;

/** Fills `host` with an editor; a host can have one after another. */
export function createPromqlEditor(host: HTMLElement, options: EditorOptions): PromqlEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({ doc: options.text, extensions: extensionsOf(options) }),
  });
  return {
    setText(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function extensionsOf(options: EditorOptions): Extension {
  const fail = (error: unknown): void => options.failed(errorText(error));
  return [
    history(),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": options.label, autocapitalize: "off", spellcheck: "false" }),
    placeholder(options.placeholder),
    keymap.of([
      { key: "Enter", run: () => done(options.run) },
      { key: "Shift-Enter", run: insertNewlineAndIndent },
      { key: "ArrowUp", run: (view) => besideEdge(view, 0) && done(() => options.recall("older")) },
      { key: "ArrowDown", run: (view) => besideEdge(view, view.state.doc.length) && done(() => options.recall("newer")) },
      ...closeBracketsKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...defaultKeymap,
    ]),
    promqlWithVariables(metricSource(options.failed)),
    markedVariables,
    plainReplacement,
    hoverHelp(fail),
    linter((view) => check(view.state.doc.toString(), fail), { delay: checkAfterMs }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.changed(update.state.doc.toString());
    }),
    pageTheme,
  ];
}

async function check(text: string, fail: (error: unknown) => void): ReturnType<typeof checkExpression> {
  try {
    return await checkExpression(text);
  } catch (error) {
    fail(error);
    return [];
  }
}

/** Whether the cursor is in the same line as the beginning or the end of the text, as lines are shown: a long one is wrapped. */
function besideEdge(view: EditorView, edge: number): boolean {
  return view.coordsAtPos(view.state.selection.main.head)?.top === view.coordsAtPos(edge)?.top;
}

/** A key that was meant for this, whatever came of it. */
function done(act: () => void): true {
  act();
  return true;
}

/**
 * Types over a selection without the browser: Chromium writes the look of the text that goes into a `style` attribute of what comes,
 * and the content security policy reports it (measured with Chromium 156).
 */
const plainReplacement = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    const { data } = event;
    if (event.inputType !== "insertText" || data === null || main.empty || view.composing) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, data, insert));
    if (!handled) view.dispatch(insert());
    return true;
  },
});

const variableMarks = new MatchDecorator({
  regexp: /\$(?:rate|window|node)/g,
  decoration: Decoration.mark({ class: "cm-variable" }),
});

/** The page's variables look like what they are. */
const markedVariables = ViewPlugin.define(
  (view) => {
    const plugin = {
      marks: variableMarks.createDeco(view),
      update: (update: ViewUpdate): void => {
        plugin.marks = variableMarks.updateDeco(update, plugin.marks);
      },
    };
    return plugin;
  },
  { decorations: (plugin) => plugin.marks },
);
