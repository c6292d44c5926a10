/**
 * A failure with its code, on the page and in its workers. Messages of libraries may quote attribute values, so
 * only the code is passed on.
 */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: string;
  /** Sizes, for the words about it. */
  readonly detail: Readonly<Record<string, number>>;

  constructor(code: string, detail: Readonly<Record<string, number>> = {}, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}
