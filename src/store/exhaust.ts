/** Takes all steps at once. */
export function exhaust(steps: Generator<void>): void {
  while (steps.next().done !== true);
}
