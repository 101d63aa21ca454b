/** The pages about what comes in and goes out, side by side. */
import type { JSX } from "preact";
import { pageHref, path } from "../state/router.ts";

/** The first one is where the navigation leads to. */
export const dataPages = [
  ["/sources", "Flow"],
  ["/targets", "Targets"],
  ["/programs", "Runtimes"],
] as const;

export function DataTabs(): JSX.Element {
  return (
    <nav class="section-nav" aria-label="Data">
      {dataPages.map(([href, title]) => (
        <a key={href} href={pageHref(href)} aria-current={path.value === href ? "true" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
