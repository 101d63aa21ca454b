/** Brings the PromQL editor in beside a plain input, which it replaces when it has been loaded. */
import { useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { errorText } from "../../data/http.ts";
import type { EditorOptions, PromqlEditor } from "../../editor/promql-editor.ts";
import { recalled } from "../../state/history-list.ts";
import { queryHistory } from "../../state/query-history.ts";

interface Wish {
  /** What is being written, in whichever of the two is shown. */
  readonly text: Signal<string>;
  /** What does not work, beside the expression itself. */
  readonly trouble: Signal<string>;
  readonly submit: () => void;
  readonly label: string;
  readonly hint: string;
}

interface Attached {
  readonly host: RefObject<HTMLDivElement>;
  readonly plain: RefObject<HTMLInputElement>;
  /** Whether the editor is there. */
  readonly ready: ReadonlySignal<boolean>;
  /** Writes a text, whichever of the two shows it. */
  readonly put: (text: string) => void;
}

export function usePromqlEditor({ text, trouble, submit, label, hint }: Wish): Attached {
  const ready = useSignal(false);
  const host = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLInputElement>(null);
  const editor = useRef<PromqlEditor | null>(null);
  // The editor outlives renders; what it calls must be of the last one.
  const latest = useRef(submit);
  latest.current = submit;
  const put = (written: string): void => {
    text.value = written;
    editor.current?.setText(written);
  };
  const changed = (written: string): void => {
    text.value = written;
    trouble.value = "";
  };
  const recall = (direction: "older" | "newer"): void => {
    const entry = recalled(queryHistory.value, text.value, direction);
    if (entry !== null) put(entry);
  };
  const attach = (create: (element: HTMLElement, options: EditorOptions) => PromqlEditor): void => {
    // The page may have been left while the editor was on its way.
    if (host.current === null) return;
    const focused = plain.current !== null && document.activeElement === plain.current;
    editor.current = create(host.current, {
      text: text.value,
      label,
      placeholder: hint,
      changed,
      recall,
      run: () => latest.current(),
      failed: (message) => (trouble.value = `Completion and checks do not work. ${message}`),
    });
    ready.value = true;
    if (focused) editor.current.focus();
  };
  useEffect(() => {
    import("../../editor/promql-editor.ts").then(
      ({ createPromqlEditor }) => attach(createPromqlEditor),
      (error: unknown) => (trouble.value = `The editor could not be loaded; the plain input works. ${errorText(error)}`),
    );
    return () => editor.current?.destroy();
  }, []);
  return { host, plain, ready, put };
}
