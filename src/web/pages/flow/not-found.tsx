/** No span has this trace id: what that can mean, and what to do. */
import type { JSX } from "preact";
import type { AskedTrace } from "../../../core/trace/asked-trace.ts";
import { pageHref } from "../../state/router.ts";

export function NotFound({ asked: { hash, traceId } }: { readonly asked: AskedTrace }): JSX.Element {
  return (
    <>
      <div class="page-head flow-head">
        <h1>
          Nothing is known of <span class="mono">{hash ?? traceId}</span>
        </h1>
      </div>
      <div class="notice-inline">
        <p>No span of it is stored here. That can be, because</p>
        <ul class="reasons">
          <li>
            no node that is watched has seen it: see on <a href={pageHref("/fleet")}>Fleet</a> which nodes report here, and
            whether their clients answer;
          </li>
          <li>
            it was not sampled: where there are more transactions than <code>chain.tracing.max_transactions_per_second</code>, a
            share of them is traced, which is chosen by the hash, the same on every node;
          </li>
          <li>it was in the mempool, or in a block, before ChainPulse began to watch: what went on then it cannot know;</li>
          <li>
            it is older than what is kept: <code>telemetry.traces.max_age_days</code> and <code>max_bytes</code> in the
            configuration;
          </li>
          <li>
            it has not come yet: a node's spans come within seconds; this page looks again every five seconds while it is open.
          </li>
        </ul>
      </div>
    </>
  );
}
