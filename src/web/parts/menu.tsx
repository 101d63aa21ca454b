/** A button that opens a short list of choices below it. A click elsewhere and Escape close the list. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  /** What the button does, for those who do not see its face, and as its title. */
  readonly label: string;
  /** What the list is a list of. */
  readonly listLabel: string;
  readonly face: ComponentChildren;
  readonly buttonClass: string;
  /** The choices, as buttons; each calls `close` when it has been taken. Asked for when the list opens. */
  readonly choices: (close: () => void) => ComponentChildren;
  /** What stands beside the button. */
  readonly children?: ComponentChildren;
}

export function Menu({ label, listLabel, face, buttonClass, choices, children }: Props): JSX.Element {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open.value) return undefined;
    const close = (event: Event): void => {
      const outside = event.target instanceof Node && root.current?.contains(event.target) === false;
      if (event instanceof KeyboardEvent ? event.key === "Escape" : outside) open.value = false;
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("keydown", close);
    };
  }, [open.value]);
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class={buttonClass}
        aria-haspopup="true"
        aria-expanded={open.value}
        aria-label={label}
        title={label}
        onClick={() => (open.value = !open.value)}
      >
        {face}
      </button>
      {children}
      {open.value ? (
        <div class="menu-list" role="group" aria-label={listLabel}>
          {choices(() => (open.value = false))}
        </div>
      ) : null}
    </div>
  );
}
