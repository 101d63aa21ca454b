/** The charts that a section could have and this machine cannot fill: one line, and the reasons for who wants them. */
import type { JSX } from "preact";
import { absenceReasons } from "../../core/absence.ts";
import type { Panel } from "../../core/panel.ts";
import { absencesOf } from "../data/absences.ts";
import { isLocal, shownNode } from "../data/server.ts";

export function AbsentPanels({ panels, all }: { readonly panels: readonly Panel[]; readonly all: boolean }): JSX.Element {
  if (panels.length === 0) return <></>;
  const machine = isLocal.value ? "this machine" : shownNode.value;
  const titles = panels.map((panel) => panel.title).join(", ");
  return (
    <details class="absent-panels">
      <summary>
        {all ? `Nothing to show on ${machine}` : `Not on ${machine}`}: <span class="dim">{titles}</span>
      </summary>
      <dl class="facts">
        {panels.map((panel) => {
          const [reason] = absencesOf(panel.metrics);
          return [
            <dt key={panel.id}>{panel.title}</dt>,
            <dd key={`${panel.id} why`}>
              {reason === undefined ? (
                isLocal.value ? null : (
                  "Why, its own page says."
                )
              ) : (
                <>
                  {absenceReasons[reason.reason]} <span class="mono dim">{reason.detail}</span>
                  {reason.fix === undefined ? null : <div>{reason.fix}</div>}
                </>
              )}
            </dd>,
          ];
        })}
      </dl>
    </details>
  );
}
