/** The charts of a page about clients, section by section. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { chainSections, panelsOf } from "../../data/chain-declared.ts";
import { sections } from "../../data/server.ts";
import { SectionPanels } from "../../views/section-panels.tsx";
import { useAbsentPanels } from "../../views/use-absent-panels.ts";

export function ChainSections({ page }: { readonly page: Parameters<typeof chainSections>[0] }): JSX.Element {
  const shown = useMemo(() => chainSections(page), [page, sections.value]);
  // A client has what its chain has: without blobs, nobody reports that there are none.
  const absent = useAbsentPanels(
    useMemo(() => panelsOf(shown), [shown]),
    () => true,
  );
  return (
    <>
      {shown.map((section) => (
        <section key={section.id} id={section.id} class="section" aria-label={section.title}>
          <div class="section-head">
            <h2>{section.title}</h2>
          </div>
          <SectionPanels section={section} absent={absent.value ?? new Set()} />
        </section>
      ))}
    </>
  );
}
