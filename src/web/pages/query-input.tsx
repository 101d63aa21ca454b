/** The PromQL line. A mistake is marked at the place where the parser met it. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ApiProblem, errorText, sendJson } from "../data/http.ts";
import { nodeUrl, serverNow } from "../data/server.ts";
import type { SeriesAnswer } from "../data/contract.ts";
import { errorPosition } from "./error-position.ts";

interface Props {
  readonly expr: string;
  readonly run: (expr: string) => void;
}

/** Input is checked this long after the last key. */
const checkAfterMs = 400;

export function QueryInput({ expr, run }: Props): JSX.Element {
  const text = useSignal(expr);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    text.value = expr;
  }, [expr]);
  useEffect(() => {
    problem.value = null;
    const wanted = text.value.trim();
    if (wanted === "") return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      check(wanted, abort.signal).then(
        (message) => (problem.value = message),
        (error: unknown) => {
          if (!abort.signal.aborted) problem.value = errorText(error);
        },
      );
    }, checkAfterMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text.value]);
  const position = problem.value === null ? null : errorPosition(problem.value, text.value);
  return (
    <form
      class="query"
      onSubmit={(event) => {
        event.preventDefault();
        run(text.value.trim());
      }}
    >
      <label class="visually-hidden" for="promql">
        PromQL expression
      </label>
      <input
        id="promql"
        class="input mono"
        spellcheck={false}
        autocomplete="off"
        placeholder="PromQL, for example sum by (device) (…)"
        value={text.value}
        aria-invalid={problem.value !== null}
        aria-describedby="promql-problem"
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <button type="submit" class="button button-primary">
        Run
      </button>
      <div id="promql-problem" class="query-problem" role="status">
        {position === null ? null : (
          <pre aria-hidden="true">
            {text.value.slice(0, position)}
            <mark>{text.value.slice(position, position + 1) || " "}</mark>
            {text.value.slice(position + 1)}
          </pre>
        )}
        {problem.value === null ? null : <p class="error-text">{problem.value}</p>}
      </div>
    </form>
  );
}

/** Asks the server whether it can evaluate the expression; resolves to its complaint or `null`. */
async function check(expr: string, signal: AbortSignal): Promise<string | null> {
  const nowSeconds = serverNow() / 1000;
  const body = { queries: [{ id: "check", expr }], from: nowSeconds - 1, to: nowSeconds, stepMs: 1000 };
  try {
    const answer = await sendJson<SeriesAnswer>("POST", nodeUrl("/series"), body, signal);
    return answer.results[0]?.error?.detail ?? null;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 400) return error.message;
    throw error;
  }
}
