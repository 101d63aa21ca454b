/** What this server is, what it could not read and why, how its collectors do, and this browser's own choices. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { errorText, sendJson } from "../data/http.ts";
import { loadSession, loadStatus, session, status, zone } from "../data/server.ts";
import { dateTime } from "../format/time.ts";
import { AbsenceSection, CollectorTable } from "./collection-tables.tsx";
import { AboutFacts, ConfigurationFacts, StoreFacts } from "./server-facts.tsx";
import { theme, themes, zoneChoice, zones, type ZoneChoice } from "../state/preferences.ts";

/** Collectors' states and durations are asked for this often while the page is open. */
const refreshMs = 5000;

export function SettingsPage(): JSX.Element {
  const error = useSignal("");
  useEffect(() => {
    const refresh = (): void => {
      loadStatus().then(
        () => (error.value = ""),
        (failure: unknown) => (error.value = errorText(failure)),
      );
    };
    refresh();
    const timer = setInterval(refresh, refreshMs);
    return () => clearInterval(timer);
  }, []);
  const server = status.value;
  if (server === null) return <></>;
  return (
    <>
      <div class="page-head">
        <h1>Settings and about</h1>
      </div>
      {error.value === "" ? null : (
        <p class="error-text" role="alert">
          {error.value}
        </p>
      )}
      <Section id="view" title="This browser">
        <Choices />
      </Section>
      <Section id="absent" title="What could not be read, and why">
        <AbsenceSection server={server} />
      </Section>
      <Section id="collectors" title="Collectors">
        <CollectorTable collectors={server.collect.collectors} />
      </Section>
      <Section id="config" title="Configuration">
        <ConfigurationFacts server={server} />
      </Section>
      <Section id="store" title="Store">
        <StoreFacts server={server} />
      </Section>
      <Section id="about" title="About">
        <AboutFacts server={server} />
      </Section>
    </>
  );
}

function Section(props: { readonly id: string; readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section class="section" aria-labelledby={props.id}>
      <div class="section-head">
        <h2 id={props.id}>{props.title}</h2>
      </div>
      {props.children}
    </section>
  );
}

function Choices(): JSX.Element {
  return (
    <div class="inline-form">
      <label class="field">
        Theme
        <select
          class="select"
          value={theme.value}
          onChange={(event) => (theme.value = themes.find((one) => one === event.currentTarget.value) ?? "system")}
        >
          {themes.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Time zone
        <select
          class="select"
          value={zoneChoice.value}
          onChange={(event) => (zoneChoice.value = zones.find((one) => one === event.currentTarget.value) ?? "browser")}
        >
          {zones.map((one) => (
            <option key={one} value={one} disabled={one === "node" && status.value?.timeZone === undefined}>
              {zoneText(one)}
            </option>
          ))}
        </select>
      </label>
      <SessionFacts />
    </div>
  );
}

function zoneText(choice: ZoneChoice): string {
  if (choice === "utc") return "UTC";
  if (choice === "node") return `the node's (${status.value?.timeZone ?? "not known"})`;
  return `this browser's (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
}

function SessionFacts(): JSX.Element {
  const error = useSignal("");
  const state = session.value;
  if (state === null || !state.authRequired) return <p class="dim">No login is needed on this machine.</p>;
  const logOut = async (): Promise<void> => {
    try {
      await sendJson("DELETE", "/api/v1/session");
      await loadSession();
    } catch (failure) {
      error.value = errorText(failure);
    }
  };
  return (
    <>
      <p class="dim">
        Logged in with {state.scopes.join(", ")}
        {state.expiresMs === null ? null : `, until ${dateTime(state.expiresMs, zone.value)}`}.
      </p>
      <button type="button" class="button" onClick={() => void logOut()}>
        Log out
      </button>
      {error.value === "" ? null : (
        <p class="error-text" role="alert">
          {error.value}
        </p>
      )}
    </>
  );
}
