import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../../test/support/any-character.ts";
import { parseCgroupIdentity } from "./cgroup-path.ts";
import { cleanText } from "../../../core/clean-text.ts";
import { openContainerNames } from "./container-names.ts";
import { openProcessIdentities, parsePasswd } from "./process-identity.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736";
const uid = "0d1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

test("containers, pods and units are found in the paths of every runtime", () => {
  // A process would be shown outside its container if this fails. Paths as the runtimes' documentation gives them.
  const cases = [
    ["0::/system.slice/geth.service", { containerId: null, podUid: null, systemdUnit: "geth.service" }],
    [`0::/system.slice/docker-${id}.scope`, { containerId: id, podUid: null, systemdUnit: null }],
    [`12:memory:/docker/${id}\n1:name=systemd:/docker/${id}`, { containerId: id, podUid: null, systemdUnit: null }],
    [
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll("-", "_")}.slice/cri-containerd-${id}.scope`,
      { containerId: id, podUid: uid, systemdUnit: null },
    ],
    [`0::/kubepods/besteffort/pod${uid}/${id}`, { containerId: id, podUid: uid, systemdUnit: null }],
    [`0::/machine.slice/libpod-${id}.scope/container`, { containerId: id, podUid: null, systemdUnit: null }],
    [
      "0::/user.slice/user-1000.slice/user@1000.service/app.slice/reth.service",
      { containerId: null, podUid: null, systemdUnit: "reth.service" },
    ],
    ["0::/lxc.payload.node1/init.scope", { containerId: "node1", podUid: null, systemdUnit: null }],
    ["0::/system.slice/my\\x2dnode.service", { containerId: null, podUid: null, systemdUnit: "my-node.service" }],
    ["0::/", { containerId: null, podUid: null, systemdUnit: null }],
    ["", { containerId: null, podUid: null, systemdUnit: null }],
  ] as const;
  for (const [text, expected] of cases) assert.deepEqual(parseCgroupIdentity(text), expected, text);
});

test("names come from the runtimes' state files, else the short id", () => {
  // Operators would have to translate ids by hand if this fails.
  const root = mkdtempSync(join(tmpdir(), "chainpulse-names-"));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put(`var/lib/docker/containers/${id}/config.v2.json`, JSON.stringify({ Name: "/geth", Config: {} }));
  const podman = id.replaceAll("4", "5");
  put("var/lib/containers/storage/overlay-containers/containers.json", JSON.stringify([{ id: podman, names: ["prysm"] }]));
  const cri = id.replaceAll("4", "6");
  put(
    `run/containerd/io.containerd.runtime.v2.task/k8s.io/${cri}/config.json`,
    JSON.stringify({ annotations: { "io.kubernetes.cri.container-name": "besu" } }),
  );
  const broken = id.replaceAll("4", "7");
  put(`var/lib/docker/containers/${broken}/config.v2.json`, "{ half");
  put(`var/log/pods/default_node-0_${uid}/x`, "");
  const names = openContainerNames(root);
  assert.deepEqual([id, podman, cri, broken, "0".repeat(64)].map(names.container), [
    "geth",
    "prysm",
    "besu",
    broken.slice(0, 12),
    "0".repeat(12),
  ]);
  assert.equal(names.pod(uid), "default/node-0");
  assert.equal(names.pod("unknown"), "unknown");
  rmSync(root, { recursive: true });
});

test("the owner is the effective user's name, or its number", () => {
  // A process that dropped its rights would be shown as root's if this fails.
  const root = mkdtempSync(join(tmpdir(), "chainpulse-owner-"));
  mkdirSync(join(root, "1/root/etc"), { recursive: true });
  mkdirSync(join(root, "7"));
  mkdirSync(join(root, "8"));
  writeFileSync(join(root, "1/root/etc/passwd"), "root:x:0:0::/root:/bin/sh\nnode:x:998:998::/:/bin/false\n");
  writeFileSync(join(root, "7/status"), "Name:\tgeth\nUid:\t0\t998\t998\t998\n");
  writeFileSync(join(root, "8/status"), "Name:\tgeth\nUid:\t0\t1234\t1234\t1234\n");
  const identities = openProcessIdentities(root);
  assert.deepEqual(
    [7, 8, 9].map((pid) => identities.of(pid)["process.owner"]),
    ["node", "1234", ""],
  );
  assert.equal(parsePasswd("a:x:1:\nb:x:1:\n").get("1"), "a");
  rmSync(root, { recursive: true });
});

test("a label has no control character, is well-formed and bounded, whatever went in", () => {
  // Text that any local user chooses would reach terminals and pages unescaped if this fails.
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 400 }), (text) => {
      const clean = cleanText(text, 64);
      assert.ok(clean.length <= 64);
      assert.doesNotMatch(clean, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      assert.ok(clean.isWellFormed());
      if (/^[ -~]{0,64}$/.test(text)) assert.equal(clean, text);
    }),
  );
});
