/** Everything declared about the machine, section by section, and its processes. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { DomainSection } from "../data/contract.ts";
import { chainDomain } from "../data/chain-declared.ts";
import { sections, viewGroups } from "../data/server.ts";
import { tracingDomain } from "../data/tracing-domain.ts";
import { address } from "../state/router.ts";
import { HeatStrip } from "../views/heat-strip.tsx";
import { ProcessTable } from "../views/process-table.tsx";
import { SectionPanels } from "../views/section-panels.tsx";
import { useAbsentPanels } from "../views/use-absent-panels.ts";

/** Domains whose charts have pages of their own. */
const ownPages: ReadonlySet<string> = new Set([chainDomain, tracingDomain]);
const processesId = "process-table";

export function HostPage(): JSX.Element {
  const shown = (sections.value ?? []).filter(({ panels, domain }) => panels.length > 0 && !ownPages.has(domain));
  const absent = useAbsentPanels(useMemo(() => shown.flatMap((section) => section.panels), [sections.value]));
  const current = useSignal(shown[0]?.id ?? "");
  useEffect(() => {
    if (location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();
    const observer = new IntersectionObserver(
      (seen) => {
        const entered = seen.find((one) => one.isIntersecting);
        if (entered !== undefined) current.value = entered.target.id;
      },
      // A line a third down the viewport decides which section one reads.
      { rootMargin: "-25% 0px -70% 0px" },
    );
    for (const element of document.querySelectorAll(".host-section")) observer.observe(element);
    return () => observer.disconnect();
  }, [shown.length]);
  const links = [
    ...shown.map((section) => [anchor(section), section.title] as const),
    [processesId, "Processes live"] as const,
  ];
  return (
    <>
      <h1 class="visually-hidden">Host</h1>
      <nav class="section-nav" aria-label="Sections">
        {links.map(([id, title]) => (
          <a
            key={id}
            href={`${location.pathname}${address.value.params.size === 0 ? "" : `?${address.value.params.toString()}`}#${id}`}
            aria-current={current.value === id ? "true" : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      {shown.map((section) => (
        <section key={anchor(section)} id={anchor(section)} class="section host-section" aria-label={section.title}>
          <div class="section-head">
            <h2>{section.title}</h2>
          </div>
          <SectionPanels section={section} absent={absent.value ?? new Set()}>
            {section.id === "cpu" ? <CoreStrip /> : null}
          </SectionPanels>
        </section>
      ))}
      <section id={processesId} class="section host-section" aria-label="Processes live">
        <div class="section-head">
          <h2>Processes live</h2>
        </div>
        <ProcessTable limit={200} />
      </section>
    </>
  );
}

/** Sections of two domains may share an id. */
function anchor(section: DomainSection): string {
  const first = sections.value?.find((other) => other.id === section.id);
  return first === section ? section.id : `${section.domain}-${section.id}`;
}

/** The view's list of cores as a strip. */
function CoreStrip(): JSX.Element {
  const list = viewGroups.value.find((group) => group.name === "cpu")?.lists?.find((one) => one.name === "coreMetrics");
  const field = list?.fields.find((one) => one.name === "usagePercent");
  if (list === undefined || field === undefined || field.expr === null) return <></>;
  return <HeatStrip title="Cores over time" expr={field.expr} label={list.key.label} word="Core" unit="ratio" max={1} />;
}
