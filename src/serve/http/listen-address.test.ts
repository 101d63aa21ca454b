import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Config, configSchema } from "../../core/config.ts";
import { listenAddress } from "./listen-address.ts";

function configured(listen: string, allowRemote = false, required = false): Config {
  return configSchema.parse({ server: { listen, allow_remote: allowRemote, auth: { required } } });
}

describe("where the server listens", () => {
  test("the default is loopback", () => {
    // If it fails, a fresh installation is on the internet.
    assert.deepEqual(listenAddress(configSchema.parse({})), { host: "127.0.0.1", port: 9797, remote: false });
  });

  test("S5: beyond loopback both the permission and tokens are needed", () => {
    // If it fails, one careless flag publishes the node's data.
    for (const listen of ["0.0.0.0:9797", "[::]:9797", "192.0.2.1:80", "pulse.example:9797"]) {
      assert.throws(() => listenAddress(configured(listen)), { code: "LISTEN_REFUSED" }, listen);
      assert.throws(() => listenAddress(configured(listen, true, false)), { fix: /auth\.required: true/ });
      assert.throws(() => listenAddress(configured(listen, false, true)), { fix: /allow_remote: true/ });
      assert.equal(listenAddress(configured(listen, true, true)).remote, true);
    }
  });

  test("all of loopback needs neither", () => {
    // If it fails, a local set-up is refused.
    for (const listen of ["127.0.0.1:0", "127.8.9.10:1", "[::1]:9797", "[::ffff:127.0.0.1]:1", "localhost:9797"]) {
      assert.equal(listenAddress(configured(listen)).remote, false, listen);
    }
    assert.equal(listenAddress(configured("[::1]:9797")).host, "::1");
  });
});
