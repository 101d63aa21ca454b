/** How own validators do, in a line for each group; nothing where there are none. The page of validators has the rest. */
import type { JSX } from "preact";
import { chainList } from "../../data/chain-declared.ts";
import { useViewRows } from "../../data/use-view-rows.ts";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { pageHref } from "../../state/router.ts";
import { ListTable } from "../../views/list-table.tsx";
import { isDemo } from "./chain-frame.tsx";

const shown: ReadonlySet<string> = new Set([
  "active",
  "attestationSuccessPercent",
  "missesInRow",
  "proposalsMissed",
  "nextProposalSeconds",
]);

export function DutySummary(): JSX.Element {
  const all = chainList("validatorGroups");
  const list = all === undefined ? all : { ...all, fields: all.fields.filter(({ name }) => shown.has(name)) };
  const { answer } = useViewRows(list);
  const rows = answer.value?.rows ?? [];
  if (list === undefined || rows.length === 0) return <></>;
  return (
    <section class="section" aria-labelledby="duties-title">
      <div class="section-head">
        <h2 id="duties-title">Duties</h2>
        <a href={pageHref("/chain/validators")}>All about validators</a>
      </div>
      <ListTable
        list={list}
        rows={rows}
        name="Groups of validators"
        sortParam="duties"
        firstSort="attestationSuccessPercent"
        texts={["group", "client"]}
        face={(field, row) =>
          field === "group" ? (
            <>
              {row.texts["group"]} {isDemo(row) ? <DemoBadge /> : null}
            </>
          ) : undefined
        }
      />
    </section>
  );
}
