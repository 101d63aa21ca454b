/** What is wrong with a template: found while it is read, or while it is filled in. */

/** `offset`: where in the template's text, in UTF-16 code units. */
export class TemplateError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "TemplateError";
    this.offset = offset;
  }
}
