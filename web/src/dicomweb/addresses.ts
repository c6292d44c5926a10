/** Where an archive's services are, and the addresses below their roots. */
import { OverlayError } from "../errors.js";
import { badAnswer } from "./archive-errors.js";

/** Searching (QIDO-RS), retrieving (WADO-RS) and storing (STOW-RS). */
export type Service = "qido" | "wado" | "stow";

/** Roots of an archive whose services have different addresses; one that is left out is that of `wado`. */
export interface ArchiveRoots {
  readonly wado: string | URL;
  readonly qido?: string | URL | undefined;
  readonly stow?: string | URL | undefined;
}

/** An address of bulk data as it is asked for. */
export interface BulkAddress {
  readonly href: string;
  /** The archive named another origin; the same path below the configured root is asked for instead. */
  readonly isMapped: boolean;
}

/** The addresses of one archive. A query in a root (for example of a signed proxy) is sent with each request, as it was given. */
export class Addresses {
  readonly #roots: Readonly<Record<Service, URL>>;

  constructor(url: string | URL | ArchiveRoots) {
    const given = typeof url === "string" || url instanceof URL ? { wado: url } : url;
    const { wado, qido = wado, stow = wado }: Partial<ArchiveRoots> = given ?? {};
    this.#roots = { qido: rootOf(qido), wado: rootOf(wado), stow: rootOf(stow) };
  }

  /** The address of a path below a root; `path` contains only words of this package and checked UIDs. */
  of(service: Service, path: string): string {
    const root = this.#roots[service];
    return withQueryOf(root, new URL(path, root)).href;
  }

  /**
   * The address that a BulkDataURI means, in the answer to the request for `path`.
   *
   * An archive behind a proxy names its inner address. Only the configured origin is ever asked, since the login would
   * go along: the part from `studies/` on is looked for below the configured root.
   *
   * @throws OverlayError `archive-response` for what is not an address, `archive-refused` for one that cannot be mapped.
   */
  ofBulkData(uri: string, path: string): BulkAddress {
    const root = this.#roots.wado;
    const address = parsed(uri, new URL(path, root));
    if (address === null) throw badAnswer("a BulkDataURI is not an address");
    if (address.origin === root.origin) {
      address.username = "";
      address.password = "";
      return { href: withQueryOf(root, address).href, isMapped: false };
    }
    const at = address.pathname.indexOf("/studies/");
    if (at < 0) {
      const message = "The archive names an address of another origin, which is not asked.";
      throw new OverlayError("archive-refused", message, { found: "other-origin" });
    }
    const mapped = new URL(`.${address.pathname.slice(at)}${address.search}`, root);
    return { href: withQueryOf(root, mapped).href, isMapped: true };
  }
}

function parsed(uri: string, base: URL): URL | null {
  try {
    return new URL(uri, base);
  } catch {
    return null;
  }
}

/** Add the root's query behind the address's own; the text stays as it is, because it may be signed. */
function withQueryOf(root: URL, address: URL): URL {
  const query = root.search.slice(1);
  if (query === "" || `&${address.search.slice(1)}&`.includes(`&${query}&`)) return address;
  address.search = address.search === "" ? query : `${address.search}&${query}`;
  return address;
}

function rootOf(url: unknown): URL {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const root =
    typeof url === "string" || url instanceof URL ? parsed(String(url), new URL(base ?? "none:/")) : null;
  const isHttp = root !== null && (root.protocol === "http:" || root.protocol === "https:");
  if (root === null || !isHttp) {
    throw new OverlayError("invalid-request", "Expected the address of the archive's DICOMweb services.", {
      field: "url",
    });
  }
  if (root.username !== "" || root.password !== "") {
    const message = "A browser sends no request to an address with a login in it: give the login in headers.";
    throw new OverlayError("invalid-request", message, { field: "url" });
  }
  root.hash = "";
  if (!root.pathname.endsWith("/")) root.pathname += "/";
  return root;
}
