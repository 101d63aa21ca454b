import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { listeningSockets, parseListening } from "./listening-sockets.ts";

const heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

function line(local: string, state = "0A", inode = 41_234): string {
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`;
}

test("addresses of both families, as a little-endian kernel writes them", () => {
  // Otherwise a client that listens on loopback alone is not found, or one that listens elsewhere is taken for it.
  const locals = [
    ["0100007F:2161", "127.0.0.1"],
    ["00000000:2161", "0.0.0.0"],
    ["0101A8C0:2161", "192.168.1.1"],
    ["00000000000000000000000001000000:2161", "::1"],
    ["00000000000000000000000000000000:2161", "::"],
    ["0000000000000000FFFF00000100007F:2161", "::ffff:7f00:1"],
    ["B80D0120000000000000000001000000:2161", "2001:db8::1"],
  ] as const;
  for (const [local, address] of locals) {
    assert.deepEqual(parseListening(heading + line(local)).sockets, [{ address, port: 8545, inode: 41_234 }]);
  }
});

test("nothing is read beyond the listening sockets", () => {
  // Otherwise a machine with 50,000 connections spends its time on reading them.
  const { sockets, isAll } = parseListening(
    heading + line("0100007F:0050") + line("0100007F:0051", "01") + line("0100007F:0052"),
  );
  assert.deepEqual([sockets.map(({ port }) => port), isAll], [[80], true]);
  assert.equal(parseListening(heading + line("0100007F:0050")).isAll, false);
});

test("any text is read without an exception, and gives real ports only", () => {
  // Otherwise a kernel that writes another line stops discovery.
  const part = fc.oneof(fc.string(), fc.constantFrom("\n", heading, line("0100007F:2161"), line("0100007F:2161").slice(0, 60)));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      for (const { port, inode, address } of parseListening(parts.join("")).sockets) {
        assert.ok(Number.isInteger(port) && port >= 0 && port <= 65_535 && Number.isSafeInteger(inode) && address !== "");
      }
    }),
  );
});

test("the tables are read whole, and a machine without IPv6 has one", async () => {
  // Otherwise clients beyond the first page of a table are not found.
  const root = mkdtempSync(join(tmpdir(), "proc-"));
  try {
    mkdirSync(join(root, "net"));
    const ports = Array.from({ length: 200 }, (_, index) => 1000 + index);
    const text = ports.map((port) => line(`0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`)).join("");
    writeFileSync(join(root, "net", "tcp"), heading + text);
    assert.deepEqual(
      (await listeningSockets(root)).map(({ port }) => port),
      ports,
    );
    await assert.rejects(listeningSockets(join(root, "elsewhere")), { code: "ENOENT" });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("the kernel's own table has a server of this test", { skip: process.platform !== "linux" }, async () => {
  // Otherwise no client of a real machine is found.
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const found = (await listeningSockets("/proc")).find((socket) => socket.port === port);
  server.close();
  assert.equal(found?.address, "127.0.0.1");
  assert.ok(found.inode > 0);
});
