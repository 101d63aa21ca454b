/** The client answered something that cannot be: it is not believed, and that is counted. */
export class Contradiction extends Error {
  override readonly name = "Contradiction";
}
