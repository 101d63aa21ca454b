/** The keyboard's help, on `?`. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { helpOpen, shortcuts } from "./shortcuts.ts";

export function HelpDialog(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  }, [helpOpen.value]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <header>
        <h2 id="help-title">Keyboard</h2>
        <span class="spacer" />
        <button type="button" class="icon-button" aria-label="Close" onClick={() => (helpOpen.value = false)}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="keys">
        {shortcuts.map(([keys, meaning]) => [
          <dt key={keys}>
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>,
          <dd key={`${keys} meaning`}>{meaning}</dd>,
        ])}
      </dl>
      <p class="dim">On a chart: drag to zoom, double-click to zoom out, arrow keys to move the cursor.</p>
    </dialog>
  );
}
