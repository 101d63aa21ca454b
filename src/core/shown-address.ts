/**
 * Addresses as they are shown to those who may read: what lets somebody in elsewhere is not in them. A user's name, a password, a query
 * and a fragment never are; a path is where it is no key: services for chain nodes and chats take their keys in it.
 */

/** As Prometheus writes it (common/config, `secretToken`). */
export const hidden = "<secret>";

/** Whether a text is an address with a host, of whatever scheme. */
export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text);
}

/** The address up to its path; that there is more is only said. */
export function shownWithPath(address: string): string {
  const { username, password, search, hash, protocol, host, pathname } = new URL(address);
  if (username + password + search + hash === "") return address;
  return `${protocol}//${host}${pathname}${search + hash === "" ? "" : `?${hidden}`}`;
}

/** The address up to its host; that there is more is only said. */
export function shownWithoutPath(address: string): string {
  const { username, password, search, hash, protocol, host, pathname } = new URL(address);
  const isBare = username + password + search + hash === "" && ["", "/"].includes(pathname);
  return isBare ? address : `${protocol}//${host}/${hidden}`;
}

/** Whether a parameter of this name is a key, as far as its name tells. */
export function isKeyParameter(name: string): boolean {
  return /token|secret|pass|key|auth|credential|sig/i.test(name);
}

/**
 * The address with `<secret>` in the place of what is a key in its query. Other parameters are shown, because they say what is meant
 * where one server speaks for many (`?target=…`).
 */
export function shownWithQuery(address: string): string {
  if (!address.includes("?")) return address;
  const url = new URL(address);
  const names = new Set(url.searchParams.keys().filter(isKeyParameter));
  if (names.size === 0) return address;
  for (const name of names) url.searchParams.set(name, hidden);
  return url.href;
}
