/** The events of the window in view, and the form that adds one. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { annotationKinds, type AnnotationKind } from "../../core/annotation.ts";
import { addAnnotation, annotations, annotationsError } from "../data/annotations.ts";
import { errorText } from "../data/http.ts";
import { serverNow, session, zone } from "../data/server.ts";
import { dateTime } from "../format/time.ts";
import { fromZoned, toZoned } from "../format/zoned-input.ts";
import { pageNow } from "../parts/page-now.ts";

export function AnnotationSection(): JSX.Element {
  const sorted = annotations.value.toSorted((a, b) => b.timestampMs - a.timestampMs);
  return (
    <section class="section" aria-labelledby="events-title">
      <div class="section-head">
        <h2 id="events-title">Events in this range</h2>
        <p>Drawn on every chart.</p>
      </div>
      {annotationsError.value === null ? null : (
        <p class="error-text" role="alert">
          {annotationsError.value}
        </p>
      )}
      {sorted.length === 0 ? (
        <p class="dim">No restart, deployment, change of configuration or note in this range.</p>
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Events">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Kind</th>
                <th scope="col">Event</th>
              </tr>
            </thead>
            <tbody>
              {sorted.map((annotation) => (
                <tr key={`${annotation.timestampMs} ${annotation.title}`}>
                  <td>{dateTime(annotation.timestampMs, zone.value)}</td>
                  <td>{annotation.kind}</td>
                  <td class="wrap">
                    {annotation.title}
                    {annotation.text === undefined ? null : <div class="dim">{annotation.text}</div>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {mayWrite() ? <AddForm /> : <p class="dim">Your token may not add events; it needs the scope “write”.</p>}
    </section>
  );
}

function mayWrite(): boolean {
  const state = session.value;
  return state === null || !state.authRequired || state.scopes.includes("write") || state.scopes.includes("admin");
}

function AddForm(): JSX.Element {
  const kind = useSignal<AnnotationKind>("note");
  const title = useSignal("");
  const when = useSignal("");
  const message = useSignal<{ readonly text: string; readonly failed: boolean } | null>(null);
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const timestampMs = when.value === "" ? serverNow() : fromZoned(when.value, zone.value);
    try {
      await addAnnotation({ timestampMs: Math.round(timestampMs ?? serverNow()), kind: kind.value, title: title.value.trim() });
      message.value = { text: `“${title.value.trim()}” was added.`, failed: false };
      title.value = "";
    } catch (error) {
      message.value = { text: errorText(error), failed: true };
    }
  };
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)}>
      <label class="field">
        Event
        <input
          class="input"
          required
          maxLength={200}
          placeholder="Upgraded the client to 1.5.1"
          value={title.value}
          onInput={(event) => (title.value = event.currentTarget.value)}
        />
      </label>
      <label class="field">
        Kind
        <select
          class="select"
          value={kind.value}
          onChange={(event) => (kind.value = annotationKinds.find((one) => one === event.currentTarget.value) ?? "note")}
        >
          {annotationKinds.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Time (empty: now)
        <input
          class="input"
          type="datetime-local"
          step="1"
          max={toZoned(pageNow(), zone.value)}
          value={when.value}
          onInput={(event) => (when.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button">
        Add event
      </button>
      {message.value === null ? null : (
        <p class={message.value.failed ? "error-text" : "dim"} role="status">
          {message.value.text}
        </p>
      )}
    </form>
  );
}
