/** A section's charts: what the machine can fill, and the rest as one line below them. */
import type { ComponentChildren, JSX } from "preact";
import type { Panel, PanelSection } from "../../core/panel.ts";
import { AbsentPanels } from "../parts/absent-panels.tsx";
import { PanelView } from "./panel.tsx";

interface Props {
  readonly section: PanelSection;
  readonly absent: ReadonlySet<Panel>;
  /** What stands after the charts. */
  readonly children?: ComponentChildren;
}

export function SectionPanels({ section, absent, children }: Props): JSX.Element {
  const present = section.panels.filter((panel) => !absent.has(panel));
  return (
    <>
      <div class="grid grid-dense" hidden={present.length === 0}>
        {present.map((panel) => (
          <PanelView key={panel.id} panel={panel} height={150} />
        ))}
        {children}
      </div>
      <AbsentPanels panels={section.panels.filter((panel) => absent.has(panel))} all={present.length === 0} />
    </>
  );
}
