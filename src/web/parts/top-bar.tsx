/** What stands above every page: where one is, which time is shown, and whether it is live. */
import type { JSX } from "preact";
import { pageHref, path } from "../state/router.ts";
import { checks } from "../data/server.ts";
import { LiveBadges, LiveButton } from "./live-button.tsx";
import { RangePicker } from "./range-picker.tsx";
import { ThemeButton } from "./theme-button.tsx";

const links = [
  ["/", "Overview"],
  ["/host", "Host"],
  ["/explore", "Explore"],
  ["/health", "Health"],
  ["/graphql-explorer", "GraphQL"],
  ["/settings", "Settings"],
] as const;

export function TopBar(): JSX.Element {
  const failing = (checks.value ?? []).filter((check) => check.status === "warning" || check.status === "critical").length;
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
      <nav class="nav" aria-label="Pages">
        {links.map(([href, title]) => (
          <a key={href} href={pageHref(href)} aria-current={path.value === href ? "page" : undefined}>
            {title}
            {href === "/health" && failing > 0 ? (
              <span class="count" aria-label={`${failing} not ok`}>
                {failing}
              </span>
            ) : null}
          </a>
        ))}
      </nav>
      <div class="tools">
        <LiveBadges />
        <RangePicker />
        <LiveButton />
        <ThemeButton />
      </div>
    </header>
  );
}
