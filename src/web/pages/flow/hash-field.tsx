/** The field that takes whatever somebody has copied to find a transaction or a block by. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { askedTrace } from "../../../core/trace/asked-trace.ts";
import { navigate, pageHref, path } from "../../state/router.ts";

export function HashField(): JSX.Element {
  const trouble = useSignal("");
  const go = (text: string): void => {
    const asked = askedTrace(text);
    if (asked !== null) navigate(pageHref(path.value, { hash: asked.hash ?? asked.traceId }));
    else if (text.trim() !== "")
      trouble.value = "There is no hash in it, or more than one: a hash has 64 hexadecimal digits, a trace id 32.";
  };
  return (
    <form
      class="hash-form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get("hash");
        if (typeof text === "string") go(text);
      }}
    >
      <label class="visually-hidden" for="hash-field">
        Hash of a transaction or a block, or a trace id
      </label>
      <input
        id="hash-field"
        class="input mono"
        type="search"
        name="hash"
        placeholder="Paste a transaction's or block's hash …"
        autocomplete="off"
        spellcheck={false}
        maxLength={512}
        data-search=""
        aria-describedby="hash-trouble"
        aria-invalid={trouble.value !== ""}
        onInput={() => (trouble.value = "")}
        onPaste={(event) => {
          // What was pasted whole is meant: nobody wants to press Enter after it.
          const text = event.clipboardData?.getData("text") ?? "";
          if (event.currentTarget.value !== "" || askedTrace(text) === null) return;
          event.preventDefault();
          go(text);
        }}
      />
      <button type="submit" class="button button-primary">
        Find
      </button>
      <p id="hash-trouble" class="error-text" role="status">
        {trouble.value}
      </p>
    </form>
  );
}
