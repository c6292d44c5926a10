/** The messages between the page and its workers, over the package's own protocol. */

/** The table of `WorkerClient` and `serve`: one kind of request, whose own type says what is asked. */
export interface Talk {
  readonly start: {
    request: { readonly config: { readonly lockName: string | null } };
    result: null;
    status: never;
  };
  readonly ask: { request: { readonly request: { readonly type: string } }; result: Outcome; status: number };
}

/** The answer, or the code of what went wrong. */
export type Outcome =
  | { readonly answer: unknown }
  | { readonly code: string; readonly detail: Readonly<Record<string, number>> };
