/** A store that has let files go because it was past its size, for tests of what is received of their times. */
import type { SampleWriter } from "../core/storage.ts";
import { maintainAll, type TemporaryStore, temporaryStore } from "../store/temporary-store.test-support.ts";
import { hourMs } from "../store/ticks.test-support.ts";

/** Of two days only the last hours are there as samples, all of the rest as summaries. */
export function fullStore(): { readonly store: TemporaryStore; readonly writer: SampleWriter } {
  const store = temporaryStore();
  const build = (writer: SampleWriter, hours: number): void => {
    const refs = Uint32Array.of(writer.resolve({ __name__: "own", node: "n" }));
    for (let hour = 0; hour < hours; hour++) {
      store.clock.wallMs += hourMs;
      store.clock.steadyMs += hourMs;
      writer.commit(store.clock.wallMs, refs, Float64Array.of(hour), 1);
      maintainAll(writer, store.clock.wallMs);
    }
  };
  const large = store.writer();
  build(large, 48);
  large.close();
  const writer = store.writer({ maxBytes: 1 });
  build(writer, 2);
  return { store, writer };
}
