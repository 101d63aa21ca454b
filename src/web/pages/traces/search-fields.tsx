/** What traces are looked for by: a text that filters at once, and fields that the server answers. */
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Operation } from "../../data/telemetry.ts";
import { attributeChip, parseDurationMs } from "../../data/trace-search.ts";
import { ChoiceField, SearchField } from "../../parts/filter-fields.tsx";
import { Icon } from "../../parts/icon.tsx";
import { cursorParam, setFilter } from "../../parts/pager.tsx";
import { address, setParams } from "../../state/router.ts";

/** While one types, the server is asked after each pause of this length. */
const pauseMs = 250;
/** Conditions on attributes at a time. */
const chipsMax = 8;

interface Props {
  /** What is being typed. */
  readonly typed: Signal<string>;
  readonly operations: readonly Operation[];
}

export function SearchFields({ typed, operations }: Props): JSX.Element {
  const { params } = address.value;
  const service = params.get("service");
  const services = [...new Set([...operations.map((one) => one.service), ...(service === null ? [] : [service])])];
  const names = new Set(operations.filter((one) => service === null || one.service === service).map((one) => one.name));
  return (
    <div class="table-tools trace-search">
      <LiveField typed={typed} names={[...names]} />
      <ChoiceField name="service" label="Service" all="All" choices={services.map((one) => [one, one])} />
      <ChoiceField
        name="status"
        label="Status"
        all="All"
        choices={[
          ["error", "Error"],
          ["ok", "OK"],
          ["unset", "Not said"],
        ]}
      />
      <DurationField name="least" label="At least" />
      <DurationField name="most" label="At most" />
      <SearchField name="at" label="Node" placeholder="Node" />
      <Chips />
    </div>
  );
}

/** A text filters; `key=value` and Enter make a condition of it. */
function LiveField({ typed, names }: { readonly typed: Signal<string>; readonly names: readonly string[] }): JSX.Element {
  const pause = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(pause.current), []);
  const addChip = (text: string): void => {
    const chips = address.value.params.getAll("attribute");
    typed.value = "";
    clearTimeout(pause.current);
    setParams({ attribute: [...new Set([...chips, text])].slice(0, chipsMax), q: null, [cursorParam]: null });
  };
  return (
    <label>
      <span class="visually-hidden">Search in traces</span>
      <input
        class="input"
        type="search"
        data-search=""
        list="span-names"
        maxLength={256}
        placeholder="Name, service, id or key=value ↵"
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          clearTimeout(pause.current);
          if (attributeChip(typed.value) === null)
            pause.current = setTimeout(() => setFilter("q", typed.value.trim()), pauseMs);
        }}
        onKeyDown={(event) => {
          const chip = event.key === "Enter" ? attributeChip(typed.value.trim()) : null;
          if (chip !== null) addChip(chip);
        }}
      />
      <datalist id="span-names">
        {names.slice(0, 500).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

function DurationField({ name, label }: { readonly name: string; readonly label: string }): JSX.Element {
  const text = address.value.params.get(name) ?? "";
  const isWrong = text !== "" && parseDurationMs(text) === null;
  return (
    <label>
      {label}
      <input
        class="input trace-duration"
        placeholder="250ms"
        maxLength={16}
        aria-invalid={isWrong}
        title="A time as 100us, 250ms, 1.5s, 2min"
        value={text}
        onChange={(event) => setFilter(name, event.currentTarget.value.trim())}
      />
      {isWrong ? <span class="error-text">no time</span> : null}
    </label>
  );
}

function Chips(): JSX.Element {
  const chips = address.value.params.getAll("attribute");
  return (
    <>
      {chips.map((chip) => (
        <span key={chip} class="tag trace-chip">
          {chip}
          <button
            type="button"
            class="icon-button"
            aria-label={`Without ${chip}`}
            onClick={() => setParams({ attribute: chips.filter((one) => one !== chip), [cursorParam]: null })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
    </>
  );
}
