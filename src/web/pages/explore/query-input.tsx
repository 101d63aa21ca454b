/** The PromQL line of the explore page: an editor that is loaded when the page is there, and a plain input until then or without it. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { errorText, getJson } from "../../data/http.ts";
import { formattable } from "../../editor/variables.ts";
import { Icon } from "../../parts/icon.tsx";
import { Menu } from "../../parts/menu.tsx";
import { forgetQueries, queryHistory, rememberQuery } from "../../state/query-history.ts";
import { usePromqlEditor } from "./use-promql-editor.ts";

interface Props {
  readonly expr: string;
  /** Names the line where there are several. */
  readonly label: string;
  readonly run: (expr: string) => void;
  /** Takes the line away; `null` for the only one. */
  readonly remove: (() => void) | null;
}

const hint = "PromQL, for example sum by (device) (…)";

export function QueryInput({ expr, label, run, remove }: Props): JSX.Element {
  const text = useSignal(expr);
  const trouble = useSignal("");
  const submit = (written = text.value): void => {
    const wanted = written.trim();
    rememberQuery(wanted);
    run(wanted);
  };
  const { host, plain, ready, put } = usePromqlEditor({ text, trouble, submit, label, hint });
  useEffect(() => put(expr), [expr]);
  const format = async (): Promise<void> => {
    try {
      put(await formatted(text.value));
      trouble.value = "";
    } catch (error) {
      trouble.value = errorText(error);
    }
  };
  return (
    <form
      class="query"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="query-text">
        <div ref={host} class="query-editor" hidden={!ready.value} />
        {ready.value ? null : (
          <input
            ref={plain}
            class="input mono"
            aria-label={label}
            spellcheck={false}
            autocomplete="off"
            placeholder={hint}
            value={text.value}
            onInput={(event) => (text.value = event.currentTarget.value)}
          />
        )}
      </div>
      <div class="query-tools">
        <button type="submit" class="button button-primary" title="Enter">
          Run
        </button>
        <button type="button" class="button" disabled={text.value.trim() === ""} onClick={() => void format()}>
          Format
        </button>
        <HistoryMenu take={(entry) => (put(entry), submit(entry))} />
        {remove === null ? null : (
          <button type="button" class="icon-button" aria-label={`Remove ${label}`} title="Remove" onClick={remove}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <p class="query-trouble error-text" role="status">
        {trouble.value}
      </p>
      {expr.includes("$") ? (
        <p class="query-note dim">
          <code>$rate</code>, <code>$window</code> and <code>$node</code> follow the chart's step and node; the copy button
          gives plain PromQL.
        </p>
      ) : null}
    </form>
  );
}

function HistoryMenu({ take }: { readonly take: (expr: string) => void }): JSX.Element {
  const entries = queryHistory.value;
  return (
    <Menu
      label="History"
      listLabel="Last queries of this browser"
      face="History"
      buttonClass="button"
      choices={(close) =>
        entries.length === 0 ? (
          <p class="dim">What you run is kept here, in this browser only.</p>
        ) : (
          <>
            {entries.map((entry) => (
              <button key={entry} type="button" class="mono clip" title={entry} onClick={() => (close(), take(entry))}>
                {entry}
              </button>
            ))}
            <button type="button" class="dim" onClick={() => (close(), forgetQueries())}>
              Forget them
            </button>
          </>
        )
      }
    />
  );
}

/** As the server prints the expression, with the page's variables in it. */
async function formatted(expr: string): Promise<string> {
  const { text, restore } = formattable(expr);
  const query = new URLSearchParams({ query: text });
  const answer = await getJson<{ readonly data: string }>(`/api/v1/format_query?${query.toString()}`);
  const result = restore(answer.data);
  if (result === null)
    throw new Error("The variables could not be put back into the formatted expression; it stays as it was.");
  return result;
}
