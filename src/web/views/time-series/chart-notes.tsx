/** What to know of the values in a chart: damaged files, a tier that answered instead of raw samples. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";

export function ChartNotes({ notes }: { readonly notes: ReadonlySignal<readonly string[]> }): JSX.Element | null {
  const texts = [...new Set(notes.value.map(withoutPrefix))];
  if (texts.length === 0) return null;
  return (
    <ul class="series-notes" role="status">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

/** "PromQL info: computed from the 1m tier" → what a reader of a chart needs of it. */
function withoutPrefix(note: string): string {
  return note.replace(/^PromQL (?:info|warning): /, "");
}
