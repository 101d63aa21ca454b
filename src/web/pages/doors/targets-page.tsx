/** Jobs and their targets: how the last scrapes went, and what was dropped before. */
import type { JSX } from "preact";
import { healthWords, targetHealths, type DroppedTarget, type Pool, type TargetList } from "../../data/targets.ts";
import { usePolled } from "../../data/use-polled.ts";
import { CopyCode } from "../../parts/copy-code.tsx";
import { DataTabs } from "../../parts/data-tabs.tsx";
import { askedUrl, ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { LabelTags } from "../../parts/label-tags.tsx";
import { cursorParam, Pager, setFilter } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { scraping } from "./connections.ts";
import { TargetTable } from "./target-table.tsx";

const refreshMs = 3000;
const rowsPerPage = 50;

/** Parameters of the address → of the server. */
const asked = { q: "search", health: "health", pool: "pool", [cursorParam]: "cursor" } as const;

export function TargetsPage(): JSX.Element {
  const polled = usePolled<TargetList>(
    askedUrl("/api/v1/performance/targets", asked, { limit: String(rowsPerPage) }),
    refreshMs,
  );
  const list = polled.answer.value;
  return (
    <>
      <DataTabs />
      <div class="page-head">
        <h1>Targets</h1>
        {list === null ? null : <Counts pools={list.pools} />}
      </div>
      <PollNote of={polled} what="The targets" />
      {list === null ? null : list.pools.length === 0 ? <NoTargets /> : <Found list={list} />}
    </>
  );
}

function Found({ list }: { readonly list: TargetList }): JSX.Element {
  const { pools, targets, total, nextCursor, dropped } = list;
  return (
    <>
      {pools.length > 1 || pools.some((pool) => pool.problems.length > 0) ? <PoolTable pools={pools} /> : null}
      <div class="table-tools section">
        <SearchField name="q" label="Filter targets" placeholder="Address or label …" isMain />
        <ChoiceField
          name="health"
          label="State"
          all="All"
          choices={targetHealths.map((health) => [health, healthWords[health].word])}
        />
        <ChoiceField name="pool" label="Job" all="All" choices={pools.map(({ pool }) => [pool, pool])} />
      </div>
      {targets.length === 0 ? <p class="series-note">No target matches the filters.</p> : <TargetTable targets={targets} />}
      <Pager next={nextCursor} facts={`${total} ${total === 1 ? "target" : "targets"}`} />
      <Dropped dropped={dropped} all={pools.reduce((sum, pool) => sum + pool.dropped, 0)} />
    </>
  );
}

function Counts({ pools }: { readonly pools: readonly Pool[] }): JSX.Element {
  const active = pools.reduce((sum, pool) => sum + pool.active, 0);
  const up = pools.reduce((sum, pool) => sum + pool.up, 0);
  if (pools.length === 0) return <></>;
  return (
    <p class="page-facts" role="status">
      <span>
        {up} of {active} are up
      </span>
    </p>
  );
}

function PoolTable({ pools }: { readonly pools: readonly Pool[] }): JSX.Element {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Jobs">
      <table class="table table-cards">
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col" class="number">
              Up
            </th>
            <th scope="col" class="number">
              Dropped
            </th>
            <th scope="col">Problems</th>
          </tr>
        </thead>
        <tbody>
          {pools.map(({ pool, active, up, dropped, problems }) => (
            <tr key={pool}>
              <th scope="row">
                <button type="button" class="link-button" onClick={() => setFilter("pool", pool)}>
                  {pool}
                </button>
              </th>
              <td class="number" data-label="Up">
                <span class={up < active ? "error-text" : undefined}>
                  {up} of {active}
                </span>
              </td>
              <td class="number" data-label="Dropped">
                {dropped}
              </td>
              <td class="wrap">
                {problems.map((problem) => (
                  <div key={problem} class="error-text">
                    {problem}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Dropped({ dropped, all }: { readonly dropped: readonly DroppedTarget[]; readonly all: number }): JSX.Element {
  if (dropped.length === 0) return <></>;
  return (
    <details class="absent-panels section">
      <summary>
        {all} {all === 1 ? "target was" : "targets were"} dropped by relabelling
        {dropped.length < all ? `; the first ${dropped.length} of them` : ""}
      </summary>
      <ul class="dropped">
        {dropped.map(({ pool, discoveredLabels }, index) => (
          <li key={index}>
            <strong>{pool}</strong> <LabelTags labels={discoveredLabels} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function NoTargets(): JSX.Element {
  return (
    <div class="notice-inline">
      <p>Nothing is configured to be scraped.</p>
      <CopyCode what={scraping.what} text={scraping.text} />
    </div>
  );
}
