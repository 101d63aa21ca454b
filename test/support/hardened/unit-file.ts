/** A systemd unit as data: section-less, because no directive of ours is in two sections. */

/** Directive → its lines, in order. Comments and sections are left out. */
export type UnitFile = ReadonlyMap<string, readonly string[]>;

export function parseUnit(text: string): UnitFile {
  const unit = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) unit.set(name, [...(unit.get(name) ?? []), value]);
  }
  return unit;
}

/** The words of a directive's only line; none where it is empty. Throws where the unit does not have it. */
export function wordsOf(unit: UnitFile, name: string): readonly string[] {
  const lines = unit.get(name);
  if (lines?.length !== 1) throw new Error(`the unit has ${lines?.length ?? 0} lines ${name}=`);
  return lines.flatMap((line) => line.split(" ")).filter((word) => word !== "");
}
