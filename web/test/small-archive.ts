/** A small archive that keeps what it is sent, and misbehaves when it is told to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers a request in an archive's place; `false` lets the archive answer. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
) => boolean | Promise<boolean>;

const STUDY = "/dicom-web/studies/1.2/series/1.2.3";

/** A DICOM file of some bytes, with the File Meta Information that names it. */
export function dicomFile(uid: string, pixels = 100): Blob {
  const element = (number: number, vr: string, value: string): Buffer => {
    const text = Buffer.from(value.length % 2 ? `${value}\0` : value, "latin1");
    const head = Buffer.alloc(8);
    head.writeUInt16LE(2, 0);
    head.writeUInt16LE(number, 2);
    head.write(vr, 4, "latin1");
    head.writeUInt16LE(text.length, 6);
    return Buffer.concat([head, text]);
  };
  const meta = [element(2, "UI", "1.2.840.10008.5.1.4.1.1.7"), element(3, "UI", uid)];
  const parts = [Buffer.alloc(128), Buffer.from("DICM"), ...meta, Buffer.alloc(pixels, uid)];
  return new Blob([new Uint8Array(Buffer.concat(parts))]);
}

export class SmallArchive {
  readonly stored = new Map<string, Buffer>();
  /** How often an instance arrived in a body that was read to its end. */
  readonly arrivals = new Map<string, number>();
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  fault: Fault = () => false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SmallArchive> {
    const server = createServer();
    const archive = new SmallArchive(server);
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

  /** Keep the parts of a multipart body. */
  keep(request: IncomingMessage, body: Buffer): string[] {
    const boundary = /boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "";
    const uids: string[] = [];
    for (const part of body.toString("latin1").split(`--${boundary}`).slice(1, -1)) {
      const data = Buffer.from(part.slice(part.indexOf("\r\n\r\n") + 4, -2), "latin1");
      const uid = uidOf(data);
      uids.push(uid);
      this.arrivals.set(uid, (this.arrivals.get(uid) ?? 0) + 1);
      this.stored.set(uid, data);
    }
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
    if (request.method === "POST") {
      answerJson(response, 200, references(this.keep(request, body)));
    } else if (pathname.endsWith("/instances")) {
      const asked = searchParams.get("SOPInstanceUID") ?? searchParams.get("00080018");
      const found = [...this.stored.keys()].filter((uid) => asked === null || uid === asked);
      answerJson(response, found.length > 0 ? 200 : 204, found.map(named));
    } else if (pathname === STUDY || pathname.startsWith(`${STUDY}/instances/`)) {
      const uid = pathname.slice(`${STUDY}/instances/`.length);
      const parts = uid === "" ? [...this.stored.values()] : [this.stored.get(uid)];
      if (parts.includes(undefined)) response.writeHead(404).end();
      else answerParts(response, parts as Buffer[]);
    } else {
      response.writeHead(404).end();
    }
  }
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { "content-type": "application/dicom+json" })
    .end(status === 204 ? "" : JSON.stringify(value));
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

/** A STOW-RS answer that names stored and failed instances. */
export function references(stored: readonly string[], failed: Readonly<Record<string, number>> = {}): object {
  const item = (uid: string): object => ({ "00081155": { vr: "UI", Value: [uid] } });
  return {
    "00081199": { vr: "SQ", Value: stored.map(item) },
    "00081198": {
      vr: "SQ",
      Value: Object.entries(failed).map(([uid, reason]) => ({
        ...item(uid),
        "00081197": { vr: "US", Value: [reason] },
      })),
    },
  };
}

function named(uid: string): object {
  return { "00080018": { vr: "UI", Value: [uid] } };
}

function uidOf(file: Buffer): string {
  const at = file.indexOf(Buffer.from([2, 0, 3, 0]), 132);
  return file.toString("latin1", at + 8, at + 8 + file.readUInt16LE(at + 6)).replace(/\0$/, "");
}
