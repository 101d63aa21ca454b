/** Traces: one of them, two beside each other, or what there is, by what the address asks for. */
import type { JSX } from "preact";
import "../../styles/trace.css";
import { address } from "../../state/router.ts";
import { CompareView } from "./compare-view.tsx";
import { SearchView } from "./search-view.tsx";
import { TraceView } from "./trace-view.tsx";

export function TracesPage(): JSX.Element {
  const { params } = address.value;
  const [trace, other] = [params.get("trace"), params.get("with")];
  if (trace === null) return <SearchView />;
  return other === null ? <TraceView traceId={trace} /> : <CompareView first={trace} second={other} />;
}
