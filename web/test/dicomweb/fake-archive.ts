/** An archive that keeps what it is sent, answers as one of those in the field does, and misbehaves when it is told to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request in an archive's place; `false` lets the archive answer. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
) => boolean | Promise<boolean>;

/** How an archive answers, where that differs. */
export interface Manners {
  /** Instances of one page, asked for or not. */
  readonly page?: number;
  /** `limit` above it is refused with 400. */
  readonly largestLimit?: number;
  readonly ignoresOffset?: boolean;
  /** Status for an `offset` behind the last instance. */
  readonly behindTheEnd?: number;
  /** (0020,1209) is in the answer for a series. */
  readonly counts?: boolean;
  /** The answer of a search names attributes by keyword. */
  readonly keywords?: boolean;
  /** What a store is answered with; default: the standard's Data Set. */
  readonly storeAnswer?: "none" | "xml" | "keywords" | "referenced-instances" | "html";
  readonly duplicate?: number;
  /** A search for one instance is not offered; `"late"`: found after that many searches. */
  readonly search?: "none" | number;
  /** One instance that it does not take spoils the whole request: 400. */
  readonly allOrNothing?: boolean;
}

export const STUDY = "1.2";
export const SERIES = "1.2.3";
const PATH = `/dicom-web/studies/${STUDY}/series/${SERIES}`;

/** A DICOM file of some bytes, explicit little endian; group 2 may name another instance, or none. */
export function dicomFile(uid: string, pixels = 100, named: string | null = uid): Blob {
  const meta = [element(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.7")];
  if (named !== null) meta.push(element(0x00020003, "UI", named));
  meta.push(element(0x00020010, "UI", "1.2.840.10008.1.2.1"));
  const data = [
    element(0x00080018, "UI", uid),
    element(0x0020000d, "UI", STUDY),
    element(0x0020000e, "UI", SERIES),
    longElement(0x7fe00010, "OW", Buffer.alloc(pixels + (pixels % 2), uid)),
  ];
  return new Blob([
    new Uint8Array(Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), ...meta, ...data])),
  ]);
}

export function element(tag: number, vr: string, value: string | Buffer): Buffer {
  const field =
    typeof value === "string" ? Buffer.from(value.length % 2 ? `${value}\0` : value, "latin1") : value;
  const head = Buffer.alloc(8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, "latin1");
  head.writeUInt16LE(field.length, 6);
  return Buffer.concat([head, field]);
}

export function longElement(tag: number, vr: string, value: Buffer, length = value.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(length);
  return Buffer.concat([element(tag, vr, ""), size, value]);
}

export class FakeArchive {
  readonly stored = new Map<string, Buffer>();
  /** How often an instance arrived in a body that was read to its end. */
  readonly arrivals = new Map<string, number>();
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  fault: Fault = () => false;
  manners: Manners = {};
  /** Metadata of an instance beside its UID. */
  metadata: (uid: string) => object = () => ({});
  readonly #server: Server;
  #searches = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(manners: Manners = {}): Promise<FakeArchive> {
    const server = createServer();
    const archive = new FakeArchive(server);
    archive.manners = manners;
    server.on("request", (request, response) => void archive.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return archive;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/dicom-web`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Hold these instances. */
  async fill(uids: readonly string[], fileOf: (uid: string) => Blob = dicomFile): Promise<void> {
    for (const uid of uids) this.stored.set(uid, Buffer.from(await fileOf(uid).arrayBuffer()));
  }

  /** Keep the parts of a multipart body; returns their UIDs. */
  keep(request: IncomingMessage, body: Buffer): string[] {
    const uids = partsOf(request, body).map(({ uid, data }) => {
      if (!this.stored.has(uid)) this.stored.set(uid, data);
      return uid;
    });
    for (const uid of uids) this.arrivals.set(uid, (this.arrivals.get(uid) ?? 0) + 1);
    return uids;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The client went away.
    }
    const body = Buffer.concat(chunks);
    this.requests.push(`${request.method} ${request.url}`);
    this.authorizations.push(request.headers.authorization);
    if (await this.fault(request, response, body)) return;
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    if (request.method === "POST") this.#store(request, response, body);
    else if (pathname.endsWith("/series")) this.#describe(response, searchParams);
    else if (pathname.endsWith("/instances")) this.#search(response, searchParams);
    else if (pathname.endsWith("/metadata")) this.#describeInstances(response, pathname);
    else if (pathname === PATH || pathname.startsWith(`${PATH}/instances/`)) {
      const uid = pathname.slice(`${PATH}/instances/`.length);
      const parts = uid === "" ? [...this.stored.values()] : [this.stored.get(uid)];
      if (parts.includes(undefined)) response.writeHead(404).end();
      else answerParts(response, parts as Buffer[]);
    } else response.writeHead(404).end();
  }

  #store(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { duplicate, storeAnswer, allOrNothing } = this.manners;
    const parts = partsOf(request, body);
    if (allOrNothing === true && parts.some(({ uid }) => uid.endsWith(".666")))
      return void response.writeHead(400).end();
    const repeated = parts.filter(({ uid }) => duplicate !== undefined && this.stored.has(uid));
    const fresh = parts.filter((part) => !repeated.includes(part));
    this.keep(request, body);
    const failed = Object.fromEntries(repeated.map(({ uid }) => [uid, duplicate as number]));
    const stored = fresh.map(({ uid }) => uid);
    const status = repeated.length === 0 ? 200 : stored.length === 0 ? 409 : 202;
    if (storeAnswer === "none") response.writeHead(204).end();
    else if (storeAnswer === "html") answerText(response, "text/html", "<html>welcome</html>");
    else if (storeAnswer === "xml") answerText(response, "application/dicom+xml", "<NativeDicomModel/>");
    else if (storeAnswer === "keywords") answerJson(response, status, keywordReferences(stored, failed));
    else answerJson(response, status, references(stored, failed, storeAnswer === "referenced-instances"));
  }

  #describe(response: ServerResponse, query: URLSearchParams): void {
    const count = this.manners.counts === true ? { "00201209": { vr: "IS", Value: [this.stored.size] } } : {};
    const all = [{ "0020000E": { vr: "UI", Value: [SERIES] }, ...count }];
    const asked = query.get("SeriesInstanceUID");
    answerJson(response, 200, asked === null || asked === SERIES ? all : []);
  }

  #search(response: ServerResponse, query: URLSearchParams): void {
    const {
      page = Number.POSITIVE_INFINITY,
      largestLimit,
      ignoresOffset,
      behindTheEnd,
      search,
    } = this.manners;
    const asked = query.get("SOPInstanceUID");
    if (asked !== null && search === "none") return void response.writeHead(404).end();
    const isLate = asked !== null && typeof search === "number" && ++this.#searches <= search;
    const limit = Number(query.get("limit") ?? Number.POSITIVE_INFINITY);
    if (largestLimit !== undefined && Number.isFinite(limit) && limit > largestLimit)
      return void response.writeHead(400).end();
    const all = [...this.stored.keys()].filter((uid) => !isLate && (asked === null || uid === asked));
    const offset = ignoresOffset === true ? 0 : Number(query.get("offset") ?? 0);
    if (behindTheEnd !== undefined && offset > 0 && offset >= all.length)
      return void response.writeHead(behindTheEnd).end();
    const found = all.slice(offset, offset + Math.min(limit, page));
    const name = this.manners.keywords === true ? (uid: string) => ({ SOPInstanceUID: uid }) : named;
    answerJson(response, found.length > 0 ? 200 : 204, found.map(name));
  }

  #describeInstances(response: ServerResponse, pathname: string): void {
    const [, one] = /\/instances\/([0-9.]+)\/metadata$/.exec(pathname) ?? [];
    const found = [...this.stored.keys()].filter((uid) => one === undefined || uid === one);
    if (found.length === 0) return void response.writeHead(404).end();
    answerJson(
      response,
      200,
      found.map((uid) => ({ ...named(uid), ...this.metadata(uid) })),
    );
  }
}

/** The parts of a store's body. */
export function partsOf(
  request: IncomingMessage,
  body: Buffer,
): { readonly uid: string; readonly data: Buffer }[] {
  const boundary = /boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "";
  const parts = body.toString("latin1").split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const data = Buffer.from(part.slice(part.indexOf("\r\n\r\n") + 4, -2), "latin1");
    return { uid: uidOf(data), data };
  });
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { "content-type": "application/dicom+json" })
    .end(status === 204 ? "" : JSON.stringify(value));
}

export function answerText(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { "content-type": type }).end(text);
}

export function answerParts(response: ServerResponse, parts: readonly Buffer[], boundary = "small"): void {
  response.writeHead(200, {
    "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
  });
  response.end(multipart(parts));
}

export function multipart(parts: readonly Buffer[]): Buffer {
  const head = Buffer.from("--small\r\nContent-Type: application/dicom\r\n\r\n");
  return Buffer.concat([
    ...parts.flatMap((part) => [head, part, Buffer.from("\r\n")]),
    Buffer.from("--small--\r\n"),
  ]);
}

/** A STOW-RS answer that names stored and failed instances; DICOMcloud names stored ones in (0008,114A). */
export function references(
  stored: readonly string[],
  failed: Readonly<Record<string, number>> = {},
  isReferencedInstance = false,
): object {
  const item = (uid: string): object => ({ "00081155": { vr: "UI", Value: [uid] } });
  return {
    [isReferencedInstance ? "0008114A" : "00081199"]: { vr: "SQ", Value: stored.map(item) },
    "00081198": {
      vr: "SQ",
      Value: Object.entries(failed).map(([uid, reason]) => ({
        ...item(uid),
        "00081197": { vr: "US", Value: [reason] },
      })),
    },
  };
}

function keywordReferences(stored: readonly string[], failed: Readonly<Record<string, number>>): object {
  return {
    ReferencedSOPSequence: stored.map((uid) => ({ ReferencedSOPInstanceUID: uid })),
    FailedSOPSequence: Object.entries(failed).map(([uid, reason]) => ({
      ReferencedSOPInstanceUID: uid,
      FailureReason: reason,
    })),
  };
}

export function named(uid: string): object {
  return { "00080018": { vr: "UI", Value: [uid] } };
}

function uidOf(file: Buffer): string {
  const at = file.indexOf(Buffer.from([8, 0, 0x18, 0]), 132);
  return file.toString("latin1", at + 8, at + 8 + file.readUInt16LE(at + 6)).replace(/\0$/, "");
}
