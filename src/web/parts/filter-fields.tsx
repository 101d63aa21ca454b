/** Fields that narrow a list down on the server. What is in them stands in the address. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { address } from "../state/router.ts";
import { setFilter } from "./pager.tsx";

/** While one types, the server is asked after each pause of this length. */
const pauseMs = 250;

interface SearchProps {
  /** Parameter of the address. */
  readonly name: string;
  readonly label: string;
  readonly placeholder: string;
  /** Whether the key `/` goes here. */
  readonly isMain?: boolean;
  /** Id of a list of suggestions. */
  readonly list?: string;
}

export function SearchField({ name, label, placeholder, isMain = false, list }: SearchProps): JSX.Element {
  const text = address.value.params.get(name) ?? "";
  const typed = useSignal(text);
  const pause = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => {
    // The address changes by typing, too, without the blank that one has just typed.
    if (typed.value.trim() !== text) typed.value = text;
  }, [text]);
  useEffect(() => () => clearTimeout(pause.current), []);
  return (
    <label>
      <span class="visually-hidden">{label}</span>
      <input
        class="input"
        type="search"
        placeholder={placeholder}
        data-search={isMain ? "" : undefined}
        maxLength={128}
        list={list}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          clearTimeout(pause.current);
          pause.current = setTimeout(() => setFilter(name, typed.value.trim()), pauseMs);
        }}
      />
    </label>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  /** Value and its words; the empty value, `all`, stands first. */
  readonly choices: readonly (readonly [value: string, words: string])[];
  readonly all: string;
}

export function ChoiceField({ name, label, choices, all }: ChoiceProps): JSX.Element {
  return (
    <label>
      {label}
      <select
        class="select"
        value={address.value.params.get(name) ?? ""}
        onChange={(event) => setFilter(name, event.currentTarget.value)}
      >
        <option value="">{all}</option>
        {choices.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The question to the server: the page's own parameters of these names, and what else it asks. */
export function askedUrl(
  path: string,
  names: Readonly<Record<string, string>>,
  rest: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams(rest);
  for (const [param, asked] of Object.entries(names)) {
    const value = address.value.params.get(param);
    if (value !== null && value !== "") query.set(asked, value);
  }
  return `${path}?${query.toString()}`;
}
