/** Own validators: whether they do their duties, and which ones they missed. */
import type { JSX } from "preact";
import { chainList } from "../../data/chain-declared.ts";
import { useViewRows } from "../../data/use-view-rows.ts";
import type { ViewRow } from "../../data/view-rows.ts";
import { CopyCode } from "../../parts/copy-code.tsx";
import { DemoBadge } from "../../parts/demo-badge.tsx";
import { ListTable } from "../../views/list-table.tsx";
import { ChainFrame, isDemo, RowsNote } from "./chain-frame.tsx";
import { ChainSections } from "./chain-sections.tsx";
import { DutyStrip } from "./duty-strip.tsx";
import { MissedDuties } from "./missed-duties.tsx";

export function ValidatorsPage(): JSX.Element {
  return (
    <ChainFrame title="Validators" facts="What own validators had to do, and whether it is on the chain.">
      {() => <Groups />}
    </ChainFrame>
  );
}

function Groups(): JSX.Element {
  const list = chainList("validatorGroups");
  const polled = useViewRows(list);
  const rows = polled.answer.value?.rows ?? null;
  return (
    <>
      <section class="section" aria-label="Groups">
        <RowsNote of={polled} what="The groups" />
        {list === undefined || rows === null ? null : rows.length === 0 ? (
          <NoValidators />
        ) : (
          <ListTable
            list={list}
            rows={rows}
            name="Groups of validators"
            sortParam="sort"
            firstSort="attestationSuccessPercent"
            texts={["group", "client"]}
            face={(field, row) => (field === "group" ? <Group row={row} /> : undefined)}
          />
        )}
      </section>
      {rows === null || rows.length === 0 ? null : (
        <div class="section">
          <DutyStrip />
        </div>
      )}
      <MissedDuties />
      <ChainSections page="validators" />
    </>
  );
}

function Group({ row }: { readonly row: ViewRow }): JSX.Element {
  return (
    <>
      {row.texts["group"]} {isDemo(row) ? <DemoBadge /> : null}
    </>
  );
}

const settings = `performance_monitoring:
  chain:
    validators:
      - name: home
        indices: [12345, 12346]
`;

function NoValidators(): JSX.Element {
  return (
    <div class="notice-inline">
      <p>No validator is followed here.</p>
      <p>
        Name own ones by index or by public key; private keys are never read. A beacon node that is watched then tells of their
        duties:
      </p>
      <CopyCode what="Settings for validators" text={settings} />
    </div>
  );
}
