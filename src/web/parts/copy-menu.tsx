/** Takes a chart's queries out of the page: as PromQL, as a REST address, as a command. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { drawnWindow } from "../data/query-board.ts";
import { status } from "../data/server.ts";
import { portableQuery, restUrl } from "../data/take-away.ts";
import { Icon } from "./icon.tsx";

/** A button with the three forms; the last choice is confirmed in words. */
export function CopyMenu({ exprs }: { readonly exprs: readonly string[] }): JSX.Element {
  const open = useSignal(false);
  const done = useSignal("");
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

  const copy = async (what: string, text: string): Promise<void> => {
    done.value = (await writeClipboard(text)) ? `${what} copied` : "The browser refused the clipboard";
    open.value = false;
    setTimeout(() => (done.value = ""), 2000);
  };
  const queries = exprs.map((expr) => portableQuery(expr, status.value));
  const urls = queries.map((query) => restUrl(query, drawnWindow.value));
  return (
    <div class="menu" ref={root}>
      <button
        type="button"
        class="icon-button"
        aria-haspopup="true"
        aria-expanded={open.value}
        aria-label="Copy this chart's query"
        title="Copy the query"
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="copy" />
      </button>
      <span class="menu-done" role="status">
        {done.value}
      </span>
      {open.value ? (
        <div class="menu-list" role="group" aria-label="Copy as">
          <button type="button" onClick={() => void copy("PromQL", queries.join("\n"))}>
            PromQL
          </button>
          <button type="button" onClick={() => void copy("REST address", urls.join("\n"))}>
            REST address
          </button>
          <button
            type="button"
            onClick={() => void copy("curl command", urls.map((url) => `curl '${url.replaceAll("'", "%27")}'`).join("\n"))}
          >
            curl command
          </button>
        </div>
      ) : null}
    </div>
  );
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain-HTTP pages on another host have no clipboard; the caller says so.
    return false;
  }
}
