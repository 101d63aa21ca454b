/** SystemCallFilter= as a list of names, expanded by systemd's own table of sets. */
import { execFileSync } from "node:child_process";
import type { UnitFile } from "./unit-file.ts";

/** The system calls that the unit allows. Source: systemd.exec(5): the first line says allow, one with ~ takes away, others add. */
export function allowedSyscalls(unit: UnitFile): readonly string[] {
  const sets = readSets();
  const allowed = new Set<string>();
  for (const line of unit.get("SystemCallFilter") ?? []) {
    const removes = line.startsWith("~");
    for (const word of line.slice(removes ? 1 : 0).split(" ")) {
      for (const name of expand(word, sets)) {
        if (removes) allowed.delete(name);
        else allowed.add(name);
      }
    }
  }
  return [...allowed];
}

function expand(word: string, sets: ReadonlyMap<string, readonly string[]>): readonly string[] {
  if (!word.startsWith("@")) return [word];
  return (sets.get(word) ?? []).flatMap((member) => expand(member, sets));
}

function readSets(): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  let current: string[] = [];
  // It says on stderr when the kernel does not tell which calls are in no set.
  const output = execFileSync("systemd-analyze", ["syscall-filter", "--no-pager"], { stdio: ["ignore", "pipe", "ignore"] });
  for (const line of output.toString().split("\n")) {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) continue;
    if (line.startsWith("@")) sets.set(word, (current = []));
    else current.push(word);
  }
  return sets;
}
