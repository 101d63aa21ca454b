/** A command or settings to take away as they stand. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { copyText } from "./copy-text.ts";
import { Icon } from "./icon.tsx";

interface Props {
  /** What it is, as in “Copy the command”. */
  readonly what: string;
  readonly text: string;
}

export function CopyCode({ what, text }: Props): JSX.Element {
  const done = useSignal("");
  const copy = async (): Promise<void> => {
    done.value = await copyText(what, text);
    setTimeout(() => (done.value = ""), 2000);
  };
  return (
    <div class="copy-code">
      <pre tabIndex={0} aria-label={what}>
        {text}
      </pre>
      <span class="menu-done" role="status">
        {done.value}
      </span>
      <button type="button" class="icon-button" aria-label={`Copy: ${what}`} title="Copy" onClick={() => void copy()}>
        <Icon name="copy" />
      </button>
    </div>
  );
}
