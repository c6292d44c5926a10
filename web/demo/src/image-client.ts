/** The image worker as promises. A worker that dies rejects what it was doing; the next request starts a new one. */
import type {
  FileComparison,
  HeaderFacts,
  ImageRequest,
  ImageResponse,
  RenderedImage,
  UnpackedFile,
  WindowLevel,
} from "./dicom-image.js";

/** A failure of the image worker, by code. */
export class ImageError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = "ImageError";
    this.code = code;
  }
}

interface Pending {
  resolve(response: ImageResponse): void;
  reject(error: ImageError): void;
}

type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;

/** One worker for pictures, headers and ZIPs. */
export class ImageClient {
  private worker: Worker | null = null;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  async readHeader(file: Blob): Promise<HeaderFacts> {
    return expectType(await this.ask({ type: "header", file }), "header").facts;
  }

  async render(key: string, file: Blob, frame: number, window: WindowLevel | null): Promise<RenderedImage> {
    return expectType(await this.ask({ type: "render", key, file, frame, window }), "render").image;
  }

  async unzip(file: Blob): Promise<readonly UnpackedFile[]> {
    return expectType(await this.ask({ type: "unzip", file }), "unzip").files;
  }

  async compare(before: Blob, after: Blob): Promise<FileComparison> {
    return expectType(await this.ask({ type: "compare", before, after }), "compare").comparison;
  }

  private ask(request: Unnumbered<ImageRequest>): Promise<ImageResponse> {
    const id = this.nextId++;
    return new Promise<ImageResponse>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.start().postMessage({ ...request, id });
    });
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(new URL("./image-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<ImageResponse>) => this.settle(data);
    worker.onerror = () => this.fail("image-worker-died");
    worker.onmessageerror = () => this.fail("image-worker-died");
    this.worker = worker;
    return worker;
  }

  private settle(response: ImageResponse): void {
    const waiting = this.pending.get(response.id);
    this.pending.delete(response.id);
    if (response.type === "failed") waiting?.reject(new ImageError(response.code));
    else waiting?.resolve(response);
  }

  private fail(code: string): void {
    this.worker?.terminate();
    this.worker = null;
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const waiting of all) waiting.reject(new ImageError(code));
  }
}

function expectType<T extends ImageResponse["type"]>(
  response: ImageResponse,
  type: T,
): ImageResponse & { type: T } {
  if (response.type !== type) throw new ImageError("image-worker-died");
  return response as ImageResponse & { type: T };
}
