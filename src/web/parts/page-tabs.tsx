/** Pages about one matter, side by side. */
import type { JSX } from "preact";
import { pageHref, path } from "../state/router.ts";

interface Props {
  readonly label: string;
  readonly pages: readonly (readonly [href: string, title: string])[];
}

export function PageTabs({ label, pages }: Props): JSX.Element {
  return (
    <nav class="section-nav" aria-label={label}>
      {pages.map(([href, title]) => (
        <a key={href} href={pageHref(href)} aria-current={path.value === href ? "true" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
