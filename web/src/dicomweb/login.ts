/** What requests are allowed with: asked for once at the start, and once for each time that it is refused. */
import { OverlayError } from "../errors.js";

/** What a request is sent with; a function is asked at the start, and once more after each 401. */
export type ArchiveHeaders =
  | HeadersInit
  | ((reason: "start" | "unauthorized") => HeadersInit | Promise<HeadersInit>);

/** The headers of one archive, shared by all requests to it. */
export class Login {
  readonly #given: ArchiveHeaders | undefined;
  #latest: Headers | null = null;
  #asking: Promise<Headers> | null = null;

  constructor(given: ArchiveHeaders | undefined) {
    this.#given = given;
  }

  /** The headers in use. */
  async headers(): Promise<Headers> {
    return this.#latest ?? (await this.#ask("start"));
  }

  /**
   * New headers in place of refused ones; requests that are refused at the same time get the same new ones.
   *
   * @returns `null` where the caller gave fixed headers.
   */
  async renewed(refused: Headers): Promise<Headers | null> {
    if (typeof this.#given !== "function") return null;
    return this.#latest === refused ? await this.#ask("unauthorized") : await this.headers();
  }

  async #ask(reason: "start" | "unauthorized"): Promise<Headers> {
    this.#asking ??= this.#made(reason).finally(() => {
      this.#asking = null;
    });
    return await this.#asking;
  }

  async #made(reason: "start" | "unauthorized"): Promise<Headers> {
    try {
      const given = typeof this.#given === "function" ? await this.#given(reason) : this.#given;
      this.#latest = new Headers(given);
      return this.#latest;
    } catch (cause) {
      const words =
        typeof this.#given === "function"
          ? "The function given as headers failed, or did not return headers."
          : "Expected headers as fetch takes them.";
      throw new OverlayError("invalid-request", words, { field: "headers" }, cause);
    }
  }
}
