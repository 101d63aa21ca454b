/** What stands where an answer is not there yet, or beside one that could not be renewed. */
import type { JSX } from "preact";
import type { Polled } from "../data/use-polled.ts";

interface Props {
  readonly of: Polled<unknown>;
  /** What was asked for, as in “The targets could not be loaded”. */
  readonly what: string;
}

export function PollNote({ of: { answer, failure }, what }: Props): JSX.Element {
  if (failure.value !== null)
    return (
      <p class="error-text" role="alert">
        {what} could not be loaded. {failure.value.text}
      </p>
    );
  if (answer.value !== null) return <></>;
  return (
    <p class="dim" aria-busy="true">
      Loading …
    </p>
  );
}
