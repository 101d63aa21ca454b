/** Goes round the themes: system, dark, light. */
import type { JSX } from "preact";
import { theme, themes, type Theme } from "../state/preferences.ts";
import { Icon, type IconName } from "./icon.tsx";

const icons: Readonly<Record<Theme, IconName>> = { system: "system", dark: "moon", light: "sun" };

export function ThemeButton(): JSX.Element {
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      title={`Theme: ${theme.value}`}
      onClick={() => (theme.value = next)}
    >
      <Icon name={icons[theme.value]} />
    </button>
  );
}
