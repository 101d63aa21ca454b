/** Takes queries out of the page, in the form that another tool asks for. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { drawnWindow } from "../data/query-board.ts";
import { queryBasis } from "../data/server.ts";
import { takeAways } from "../data/take-away.ts";
import { copyText } from "./copy-text.ts";
import { Icon } from "./icon.tsx";
import { Menu } from "./menu.tsx";

interface Props {
  readonly exprs: readonly string[];
  /** What the queries are of, as in “Copy this chart's query”. */
  readonly of?: string;
}

/** A button with the forms to choose from; the choice is confirmed in words. */
export function CopyMenu({ exprs, of = "this chart" }: Props): JSX.Element {
  const done = useSignal("");
  const copy = async (what: string, text: string): Promise<void> => {
    done.value = await copyText(what, text);
    setTimeout(() => (done.value = ""), 2000);
  };
  return (
    <Menu
      label={`Copy ${of}'s query`}
      listLabel="Copy as"
      face={<Icon name="copy" />}
      buttonClass="icon-button"
      choices={(close) =>
        takeAways(exprs, { status: queryBasis.value, window: drawnWindow.value, origin: location.origin }).map(
          ({ form, text }) => (
            <button key={form} type="button" onClick={() => (close(), void copy(form, text))}>
              {form}
            </button>
          ),
        )
      }
    >
      <span class="menu-done" role="status">
        {done.value}
      </span>
    </Menu>
  );
}
