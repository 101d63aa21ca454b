/** Why there is nothing to show, and what to do about it. */
import type { JSX } from "preact";
import { absenceReasons, type Absence } from "../../core/absence.ts";

/** The reported reasons; without any, that the window holds no samples. */
export function AbsenceNote({ absences }: { readonly absences: readonly Absence[] }): JSX.Element {
  const [first] = absences;
  if (first === undefined) {
    return (
      <div class="absence">
        <p class="absence-title">No samples in this window</p>
        <p>This machine may have none of it, or not at that time: try another range.</p>
      </div>
    );
  }
  return (
    <div class="absence">
      <p class="absence-title">{absenceReasons[first.reason]}</p>
      <p class="mono">{first.detail}</p>
      {first.fix === undefined ? null : <p>{first.fix}</p>}
    </div>
  );
}
