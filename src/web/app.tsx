/** The shell: which page for which path, what stands above every page, and what comes before there is a page at all. */
import { untracked, useSignalEffect } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { firingCount, startAlerts } from "./data/alerts.ts";
import { startChainPresence } from "./data/chain-presence.ts";
import { startLive } from "./data/live.ts";
import { boardTicks, startBoard } from "./data/query-board.ts";
import { boot, bootError, isLocal, needsLogin, sections, shownNode, status } from "./data/server.ts";
import { HelpDialog } from "./parts/help-dialog.tsx";
import { lazyPage } from "./parts/lazy.tsx";
import { NodeGate } from "./parts/node-gate.tsx";
import { useShortcuts } from "./parts/shortcuts.ts";
import { TopBar } from "./parts/top-bar.tsx";
import { HealthPage } from "./pages/health.tsx";
import { HostPage } from "./pages/host.tsx";
import { LoginPage } from "./pages/login.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { SettingsPage } from "./pages/settings.tsx";
import { path } from "./state/router.ts";

interface Route {
  readonly title: string;
  readonly page: ComponentType;
}

const routes: Readonly<Record<string, Route>> = {
  "/": { title: "Overview", page: OverviewPage },
  "/host": { title: "Host", page: HostPage },
  "/chain": { title: "Chain", page: lazyPage(async () => (await import("./pages/chain/chain-page.tsx")).ChainPage) },
  "/chain/validators": {
    title: "Validators",
    page: lazyPage(async () => (await import("./pages/chain/validators-page.tsx")).ValidatorsPage),
  },
  "/chain/contracts": {
    title: "Contracts",
    page: lazyPage(async () => (await import("./pages/chain/contracts-page.tsx")).ContractsPage),
  },
  "/chain/peers": { title: "Peers", page: lazyPage(async () => (await import("./pages/chain/peers-page.tsx")).PeersPage) },
  "/chain/compare": {
    title: "Comparison",
    page: lazyPage(async () => (await import("./pages/chain/compare-page.tsx")).ComparePage),
  },
  "/fleet": { title: "Fleet", page: lazyPage(async () => (await import("./pages/fleet/fleet-page.tsx")).FleetPage) },
  "/explore": { title: "Explore", page: lazyPage(async () => (await import("./pages/explore/explore-page.tsx")).ExplorePage) },
  "/health": { title: "Health", page: HealthPage },
  "/alerts": { title: "Alerts", page: lazyPage(async () => (await import("./pages/alerts/alerts-page.tsx")).AlertsPage) },
  "/transactions": {
    title: "Transactions",
    page: lazyPage(async () => (await import("./pages/flow/transactions-page.tsx")).TransactionsPage),
  },
  "/blocks": { title: "Blocks", page: lazyPage(async () => (await import("./pages/flow/blocks-page.tsx")).BlocksPage) },
  "/traces": { title: "Traces", page: lazyPage(async () => (await import("./pages/traces/traces-page.tsx")).TracesPage) },
  "/logs": { title: "Logs", page: lazyPage(async () => (await import("./pages/traces/logs-page.tsx")).LogsPage) },
  "/sources": { title: "Data flow", page: lazyPage(async () => (await import("./pages/doors/sources-page.tsx")).SourcesPage) },
  "/targets": { title: "Targets", page: lazyPage(async () => (await import("./pages/doors/targets-page.tsx")).TargetsPage) },
  "/programs": {
    title: "Runtimes",
    page: lazyPage(async () => (await import("./pages/programs/programs-page.tsx")).ProgramsPage),
  },
  "/settings": { title: "Settings", page: SettingsPage },
  "/graphql-explorer": { title: "GraphQL", page: lazyPage(async () => (await import("./pages/graphql.tsx")).GraphqlPage) },
};

/** Ends what keeps the page current; `null` while nothing does. */
let stop: (() => void) | null = null;

/** Starts the live stream and the charts' queries once there is a session and a status, and ends them with the session. */
function followSession(): void {
  if (needsLogin.value) {
    stop?.();
    stop = null;
  } else if (status.value !== null && stop === null) {
    // What they read to begin with must not start them again.
    const stops = untracked(() => [startLive(boardTicks), startBoard(), startAlerts(), startChainPresence()]);
    stop = () => {
      for (const one of stops) one();
    };
  }
}

/** The whole page. */
export function App(): JSX.Element {
  useShortcuts();
  useSignalEffect(followSession);
  if (needsLogin.value || path.value === "/login") return <LoginPage />;
  if (bootError.value !== null) return <BootFailure message={bootError.value} />;
  const route = routes[path.value];
  useTitle(route?.title ?? "Not found");
  if (route === undefined) return <NotFound />;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <TopBar />
      <main id="content" class="page" tabIndex={-1}>
        {status.value === null || sections.value === null ? (
          <p class="dim" aria-busy="true">
            Loading …
          </p>
        ) : (
          <ShownPage page={route.page} />
        )}
      </main>
      <HelpDialog />
    </>
  );
}

/** A page of another node is another page: nothing of the first must be left on it. */
function ShownPage({ page: Page }: { readonly page: ComponentType }): JSX.Element {
  const key = `${path.value} ${shownNode.value}`;
  if (isLocal.value) return <Page key={key} />;
  return (
    <NodeGate key={key}>
      <Page />
    </NodeGate>
  );
}

function useTitle(title: string): void {
  const node = shownNode.value === "" ? undefined : shownNode.value;
  const firing = firingCount.value ?? 0;
  // The number first: of many tabs only the beginning of a title is seen.
  const mark = firing > 0 ? `(${firing}) ` : "";
  document.title = mark + [title, ...(node === undefined ? [] : [node]), "ChainPulse"].join(" · ");
}

function BootFailure({ message }: { readonly message: string }): JSX.Element {
  return (
    <main class="notice" role="alert">
      <h1>The dashboard could not start</h1>
      <p>{message}</p>
      <button type="button" class="button button-primary" onClick={() => void boot()}>
        Try again
      </button>
    </main>
  );
}

function NotFound(): JSX.Element {
  return (
    <>
      <TopBar />
      <main class="notice">
        <h1>There is no page at {path.value}</h1>
        <a href="/">Go to the overview</a>
      </main>
    </>
  );
}
