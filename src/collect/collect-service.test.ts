import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../core/config.ts";
import { createCollectService } from "./collect-service.ts";
import { fullStore } from "./full-store.test-support.ts";
import { quietOptions } from "./scheduler.test-support.ts";

test("the doors are told what times the store takes, before the first request and from then on", async () => {
  // If this fails, they take what the store does not: senders are asked to come again, and again.
  const { store, writer } = fullStore();
  using _ = store;
  const told: number[] = [];
  const next = Promise.withResolvers<undefined>();
  const service = createCollectService({
    ...quietOptions,
    config: configSchema.parse({ enabled: false }),
    clock: store.clock,
    domains: [],
    openWriter: () => writer,
    onOldest(oldestMs) {
      told.push(oldestMs);
      if (told.length > 1) next.resolve(undefined);
    },
  });
  const oldestMs = writer.oldestAcceptedMs();
  assert.ok(Number.isFinite(oldestMs));
  service.open();
  assert.deepEqual(told, [oldestMs]);
  await service.start();
  await next.promise;
  await service.stop();
  assert.equal(told[1], oldestMs);
});
