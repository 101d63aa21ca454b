/** Programs that tell about their runtime, and the charts of the one that is chosen. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ProgramSection } from "../../../core/panel.ts";
import { panelsOf, type ProgramList, type ProgramPanels } from "../../data/programs.ts";
import { usePolled } from "../../data/use-polled.ts";
import { DataTabs } from "../../parts/data-tabs.tsx";
import { askedUrl, ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { cursorParam, Pager } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { address, pageHref } from "../../state/router.ts";
import { PanelView } from "../../views/panel.tsx";
import { ProgramTable } from "./program-table.tsx";

const refreshMs = 5000;
const rowsPerPage = 50;

/** Parameters of the address → of the server. `of` is the kind of the program whose charts are shown. */
const asked = { kind: "kind", q: "search", [cursorParam]: "cursor" } as const;

export function ProgramsPage(): JSX.Element {
  const polled = usePolled<ProgramList>(
    askedUrl("/api/v1/performance/programs", asked, { limit: String(rowsPerPage) }),
    refreshMs,
  );
  const panels = usePolled<ProgramPanels>("/api/v1/performance/program-panels", null);
  const { params } = address.value;
  const [kind, job, instance] = ["of", "job", "instance"].map((name) => params.get(name));
  const chosen = panels.answer.value?.sections.find(({ id }) => id === kind);
  const list = polled.answer.value;
  return (
    <>
      <DataTabs />
      <div class="page-head">
        <h1>Runtimes</h1>
        <p class="page-facts">Programs that expose or send metrics of their garbage collection, heap and threads.</p>
      </div>
      {panels.failure.value === null ? null : <PollNote of={panels} what="The charts" />}
      {chosen !== undefined && typeof job === "string" && typeof instance === "string" ? (
        <ProgramCharts section={chosen} job={job} instance={instance} />
      ) : null}
      <section class="section" aria-label="Programs">
        <PollNote of={polled} what="The programs" />
        {list === null ? null : <Found list={list} sections={panels.answer.value?.sections ?? []} />}
      </section>
    </>
  );
}

function Found({ list, sections }: { readonly list: ProgramList; readonly sections: readonly ProgramSection[] }): JSX.Element {
  const { kinds, programs, total, nextCursor, problems } = list;
  if (kinds.every((kind) => kind.programs === 0)) return <NoPrograms kinds={kinds} />;
  return (
    <>
      <div class="table-tools">
        <SearchField name="q" label="Filter programs" placeholder="Job or instance …" isMain />
        <ChoiceField
          name="kind"
          label="Kind"
          all="All"
          choices={kinds.filter((one) => one.programs > 0).map((one) => [one.kind, `${one.title} (${one.programs})`])}
        />
      </div>
      {problems.map((problem) => (
        <p key={problem} class="error-text" role="alert">
          {problem}
        </p>
      ))}
      {programs.length === 0 ? (
        <p class="series-note">No program matches the filters.</p>
      ) : (
        <ProgramTable programs={programs} sections={sections} />
      )}
      <Pager next={nextCursor} facts={`${total} ${total === 1 ? "program" : "programs"}`} />
    </>
  );
}

function NoPrograms({ kinds }: Pick<ProgramList, "kinds">): JSX.Element {
  return (
    <div class="notice-inline">
      <p>No program has told about its runtime yet.</p>
      <p class="dim">
        Known are {kinds.map(({ title }) => title).join(", ")}. Have one scraped, or let it send: see{" "}
        <a href={pageHref("/sources")}>how to connect</a>.
      </p>
    </div>
  );
}

interface ChartsProps {
  readonly section: ProgramSection;
  readonly job: string;
  readonly instance: string;
}

function ProgramCharts({ section, job, instance }: ChartsProps): JSX.Element {
  const panels = useMemo(() => panelsOf(section, { job, instance }), [section, job, instance]);
  return (
    <section class="section program-charts" aria-labelledby="program-title">
      <div class="section-head">
        <h2 id="program-title">
          {job} · {instance}
        </h2>
        <p>{section.title}</p>
        <span class="spacer" />
        <a href={pageHref("/programs")}>Close</a>
      </div>
      <div class="grid grid-dense">
        {panels.map((panel) => (
          <PanelView key={`${panel.id} ${job} ${instance}`} panel={panel} height={150} />
        ))}
      </div>
    </section>
  );
}
