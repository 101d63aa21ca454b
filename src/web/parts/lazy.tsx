/** A page that is loaded on first use. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { errorText } from "../data/http.ts";

/** A component whose module is fetched when it is first shown. */
export function lazyPage(load: () => Promise<ComponentType>): ComponentType {
  return function LazyPage(): JSX.Element {
    const [page, setPage] = useState<{ readonly component: ComponentType } | null>(null);
    const [error, setError] = useState<string | null>(null);
    useEffect(() => {
      load().then(
        (component) => setPage({ component }),
        (failure: unknown) => setError(`This page could not be loaded. ${errorText(failure)} Reload the page.`),
      );
    }, []);
    if (error !== null)
      return (
        <p class="notice error-text" role="alert">
          {error}
        </p>
      );
    if (page === null)
      return (
        <p class="notice dim" aria-busy="true">
          Loading …
        </p>
      );
    return <page.component />;
  };
}
