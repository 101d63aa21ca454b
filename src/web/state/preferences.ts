/** What this browser remembers of its reader: theme and time zone. Beside them only the last queries are stored (`query-history.ts`). */
import { effect, signal } from "@preact/signals";

export const themes = ["system", "dark", "light"] as const;
export const zones = ["browser", "node", "utc"] as const;

export type Theme = (typeof themes)[number];
export type ZoneChoice = (typeof zones)[number];

export const theme = remembered<Theme>("chainpulse-theme", themes, "system");
export const zoneChoice = remembered<ZoneChoice>("chainpulse-zone", zones, "browser");

const systemDark = matchMedia("(prefers-color-scheme: dark)");

/** The theme in force; `system` follows the desktop while the page is open. */
export const darkTheme = signal(systemDark.matches);

/** Puts the theme on the document; the style sheet does the rest. */
export function startPreferences(): void {
  const apply = (): void => {
    darkTheme.value = theme.value === "system" ? systemDark.matches : theme.value === "dark";
    document.documentElement.dataset["theme"] = darkTheme.value ? "dark" : "light";
  };
  systemDark.addEventListener("change", apply);
  effect(apply);
}

function remembered<T extends string>(key: string, allowed: readonly T[], fallback: T) {
  const stored = readStored(key);
  const value = signal<T>(allowed.find((item) => item === stored) ?? fallback);
  effect(() => writeStored(key, value.value));
  return value;
}

/** `null` where nothing is stored. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // Browsers that forbid storage throw here; the choice then lasts as long as the page.
    return null;
  }
}

/** Keeps a text under a key, where the browser lets us. */
export function writeStored(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See above: a choice that cannot be kept still works for this page.
    return;
  }
}
