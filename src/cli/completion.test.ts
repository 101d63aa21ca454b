import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { commands } from "./cli.ts";
import { cli } from "./run-cli.test-support.ts";

// If these fail, a user's shell prints errors at every prompt, or completes flags that do not exist.

test("every shell's script names every command and every flag", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await cli(["completion", shell]);
    assert.equal(code, 0);
    for (const { name, options } of commands) {
      assert.ok(stdout.includes(name), `${shell}: ${name}`);
      for (const flag of Object.keys(options)) {
        assert.ok(stdout.includes(shell === "fish" ? `-l ${flag} ` : `--${flag} `), `${shell}: ${name} --${flag}`);
      }
    }
  }
});

test("bash completes commands, flags and arguments", async () => {
  const { stdout: script } = await cli(["completion", "bash"]);
  const complete = (...words: readonly string[]): readonly string[] => {
    const ask = `${script}\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")})\nCOMP_CWORD=${words.length - 1}\n_chainpulse\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", ask], { encoding: "utf8" });
    assert.equal(stderr, "");
    return stdout.trim().split("\n");
  };
  assert.deepEqual(complete("chainpulse", "ch"), ["check-config", "check-metrics"]);
  assert.deepEqual(complete("chainpulse", "start", "--l"), ["--listen"]);
  assert.deepEqual(complete("chainpulse", "annotate", "de"), ["deploy"]);
  assert.deepEqual(complete("chainpulse", "nonsense", ""), [""]);
});

test("an unknown shell is wrong usage", async () => {
  assert.equal((await cli(["completion", "tcsh"])).code, 2);
});
