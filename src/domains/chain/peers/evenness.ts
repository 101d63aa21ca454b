/**
 * How evenly peers are spread over groups: Shannon's entropy of the groups' sizes over the largest that so many members could have. 1 when
 * all are different, 0 when all are the same. `null` for fewer than two members, which say nothing. (Pielou's evenness divides by the number of
 * groups instead, and calls two halves in two data centres perfect.)
 */
export function evenness(groups: Iterable<string>): number | null {
  const sizes = new Map<string, number>();
  let members = 0;
  for (const group of groups) {
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
    members++;
  }
  if (members < 2) return null;
  let entropy = 0;
  for (const size of sizes.values()) entropy -= (size / members) * Math.log(size / members);
  return Math.min(1, entropy / Math.log(members));
}
