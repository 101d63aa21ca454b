/** Asks the GraphQL door by hand: query, variables, answer, and the schema beside them. No outside code, no history kept. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { errorText } from "../data/http.ts";
import { shownNode } from "../data/server.ts";
import { askGraphql, loadSchema, type SchemaType } from "./graphql-client.ts";

const startQuery = `query ($node: ID!) {
  nodePerformance(nodeId: $node) {
    cpu {
      usagePercent
      loadAverage1m
      coreMetrics { coreId usagePercent }
    }
    memory { usagePercent }
  }
}`;

export function GraphqlPage(): JSX.Element {
  const query = useSignal(startQuery);
  const variables = useSignal(JSON.stringify({ node: shownNode.value }, null, 2));
  const answer = useSignal("");
  const busy = useSignal(false);
  const run = async (): Promise<void> => {
    busy.value = true;
    try {
      const parsed: unknown = variables.value.trim() === "" ? {} : JSON.parse(variables.value);
      answer.value = JSON.stringify(await askGraphql(query.value, parsed), null, 2);
    } catch (error) {
      answer.value = errorText(error);
    } finally {
      busy.value = false;
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void run();
  };
  return (
    <>
      <div class="page-head">
        <h1>GraphQL</h1>
      </div>
      <div class="graphql">
        <form
          onKeyDown={onKeyDown}
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <label class="field">
            Query
            <textarea
              class="textarea mono"
              rows={16}
              spellcheck={false}
              value={query.value}
              onInput={(event) => (query.value = event.currentTarget.value)}
            />
          </label>
          <label class="field">
            Variables (JSON)
            <textarea
              class="textarea mono"
              rows={4}
              spellcheck={false}
              value={variables.value}
              onInput={(event) => (variables.value = event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="button button-primary" disabled={busy.value} title="Ctrl+Enter">
            {busy.value ? "Running …" : "Run"}
          </button>
        </form>
        <section aria-labelledby="answer-title">
          <h2 id="answer-title" class="field">
            Answer
          </h2>
          <pre class="answer" tabIndex={0} aria-live="polite">
            {answer.value === "" ? "Press Run, or Ctrl+Enter." : answer.value}
          </pre>
        </section>
        <SchemaDocs />
      </div>
    </>
  );
}

function SchemaDocs(): JSX.Element {
  const types = useSignal<readonly SchemaType[] | null>(null);
  const error = useSignal("");
  useEffect(() => {
    loadSchema().then(
      (loaded) => (types.value = loaded),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, []);
  return (
    <section class="schema" aria-labelledby="schema-title">
      <h2 id="schema-title" class="field">
        Schema
      </h2>
      {error.value === "" ? null : <p class="error-text">{error.value}</p>}
      {(types.value ?? []).map((type) => (
        <details key={type.name}>
          <summary>
            <code>{type.name}</code>
          </summary>
          {type.description === null ? null : <p class="dim">{type.description}</p>}
          <ul>
            {type.fields.map((field) => (
              <li key={field.name}>
                <code>
                  {field.name}
                  {field.args}: {field.type}
                </code>
                {field.description === null ? null : <p class="dim">{field.description}</p>}
              </li>
            ))}
          </ul>
        </details>
      ))}
    </section>
  );
}
