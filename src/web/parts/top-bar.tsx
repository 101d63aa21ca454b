/** What stands above every page: where one is, which time is shown, and whether it is live. */
import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { pageHref, path } from "../state/router.ts";
import { firingCount } from "../data/alerts.ts";
import { hasChain } from "../data/chain-presence.ts";
import { checks, hasFleet, isLocal } from "../data/server.ts";
import { chainPages } from "./chain-tabs.tsx";
import { dataPages } from "./data-tabs.tsx";
import { flowPages } from "./flow-tabs.tsx";
import { LiveBadges, LiveButton } from "./live-button.tsx";
import { NodeSwitcher } from "./node-switcher.tsx";
import { RangePicker } from "./range-picker.tsx";
import { ThemeButton } from "./theme-button.tsx";

interface PageLink {
  readonly href: string;
  readonly title: string;
  /** Pages that it leads to, too. */
  readonly also?: readonly string[];
  /** Whether it leads anywhere here; default: always. */
  readonly isShown?: ReadonlySignal<boolean>;
}

const links: readonly PageLink[] = [
  { href: "/", title: "Overview" },
  { href: "/host", title: "Host" },
  { href: "/chain", title: "Chain", also: chainPages.map(([href]) => href), isShown: hasChain },
  { href: "/fleet", title: "Fleet", isShown: hasFleet },
  { href: "/explore", title: "Explore" },
  { href: "/transactions", title: "Transactions", also: flowPages.map(([href]) => href) },
  { href: "/traces", title: "Traces" },
  { href: "/logs", title: "Logs" },
  { href: "/alerts", title: "Alerts" },
  { href: "/health", title: "Health" },
  { href: "/sources", title: "Data", also: dataPages.map(([href]) => href) },
  { href: "/graphql-explorer", title: "GraphQL" },
  { href: "/settings", title: "Settings" },
];

export function TopBar(): JSX.Element {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the links are wider than the page: the present one must not stay outside.
    const current = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (nav.current === null || current === null || current === undefined) return;
    nav.current.scrollLeft = current.offsetLeft - nav.current.offsetLeft - (nav.current.clientWidth - current.offsetWidth) / 2;
  }, [path.value]);
  const failing = (checks.value ?? []).filter((check) => check.status === "warning" || check.status === "critical").length;
  const shown = links.filter(({ isShown }) => isShown === undefined || isShown.value);
  return (
    <header class="bar">
      <a class="brand" href={pageHref("/")} aria-label="ChainPulse, to the overview">
        <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
          <path
            d="M2 17h7l3-10 7 19 3.4-9H30"
            fill="none"
            stroke="var(--accent)"
            stroke-width="3"
            stroke-linecap="round"
            stroke-linejoin="round"
          />
        </svg>
        <span class="brand-name">ChainPulse</span>
      </a>
      <nav ref={nav} class="nav" aria-label="Pages">
        {shown.map(({ href, title, also = [] }) => (
          <a
            key={href}
            href={pageHref(href)}
            aria-current={path.value === href || also.includes(path.value) ? "page" : undefined}
          >
            {title}
            {href === "/health" ? <Count count={failing} of="not ok" /> : null}
            {href === "/alerts" ? <Count count={firingCount.value ?? 0} of="firing" /> : null}
          </a>
        ))}
      </nav>
      <div class="tools">
        {hasFleet.value || !isLocal.value ? <NodeSwitcher /> : null}
        <LiveBadges />
        <RangePicker />
        <LiveButton />
        <ThemeButton />
      </div>
    </header>
  );
}

/** How many of what is wrong; nothing where it is none. */
function Count({ count, of }: { readonly count: number; readonly of: string }): JSX.Element {
  if (count === 0) return <></>;
  return (
    <span class="count" aria-label={`${count} ${of}`}>
      {count}
    </span>
  );
}
