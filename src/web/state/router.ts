/** The page's address as a signal. Everything that a shared link must carry (page, time range, query) lives here. */
import { computed, signal } from "@preact/signals";
import { exploreParams } from "./prometheus-link.ts";

export interface Address {
  readonly path: string;
  readonly params: URLSearchParams;
}

/** Where the browser is now; changes on `navigate` and on the back and forward buttons. */
export const address = signal<Address>(read());

export const path = computed(() => address.value.path);

/** Parameters that a change of page keeps: the range and the node belong to the user's question, not to one page. */
const keptParams = ["from", "to", "node"];

/** The link to a page of ours, with what must survive the change of page; `null` for what must not. */
export function pageHref(target: string, extra: Readonly<Record<string, string | null>> = {}): string {
  const params = new URLSearchParams();
  for (const name of keptParams) {
    const value = address.value.params.get(name);
    if (value !== null) params.set(name, value);
  }
  for (const [name, value] of Object.entries(extra)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return params.size === 0 ? target : `${target}?${params.toString()}`;
}

/** Goes to one of our own paths. `replace` where the back button should not stop. */
export function navigate(href: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace === true) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  address.value = read();
}

/** Sets parameters of the present page: one value, several under the same name, or `null` for none. */
export function setParams(
  changes: Readonly<Record<string, string | readonly string[] | null>>,
  options: { readonly replace?: boolean } = {},
): void {
  const params = new URLSearchParams(address.value.params);
  for (const [name, value] of Object.entries(changes)) {
    params.delete(name);
    for (const one of value === null ? [] : typeof value === "string" ? [value] : value) params.append(name, one);
  }
  navigate(params.size === 0 ? address.value.path : `${address.value.path}?${params.toString()}`, options);
}

/** Follows the browser's own buttons, and turns plain clicks on links of ours into changes of page. */
export function startRouter(): void {
  addEventListener("popstate", () => (address.value = read()));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.origin !== location.origin || link.target !== "" || link.hasAttribute("download")) return;
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    // The server's own pages (OpenAPI, the exposition) and jumps within a page are the browser's.
    if (link.pathname.startsWith("/api/") || link.pathname === "/metrics") return;
    if (link.hash !== "" && link.pathname === location.pathname) return;
    event.preventDefault();
    scrollTo(0, 0);
    navigate(link.pathname + link.search + link.hash);
  });
}

function read(): Address {
  // Links of Prometheus's form come from notifications; the address bar then shows what the page made of them.
  if (location.pathname === "/graph") {
    const params = exploreParams(new URLSearchParams(location.search));
    history.replaceState(null, "", `/explore?${params.toString()}`);
  }
  return { path: location.pathname, params: new URLSearchParams(location.search) };
}
