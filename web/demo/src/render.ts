/** Pictures out of DICOM files: dcmjs-imaging decodes and applies the window; its overlay drawing stays off. */
import { DicomImage, log, NativePixelDecoder, WindowLevel as NativeWindow } from "dcmjs-imaging";
import codecsUrl from "dcmjs-imaging/build/dcmjs-native-codecs.wasm?url";
import type { RenderedImage, WindowLevel } from "./dicom-image.js";
import { prepareElements } from "./imaging-fixes.js";

/** Decoded files kept for the next window change or the way back; a 512×512 CT costs about 1 MB. */
const CACHE_BYTES = 192 * 1024 * 1024;

/** Keeps the last decoded files and renders their frames. */
export class Renderer {
  private readonly images = new Map<string, { image: DicomImage; bytes: number }>();
  private codecs: Promise<void> | null = null;

  constructor() {
    log.setLevel("silent");
  }

  /** Render one frame (from 0); `window` null takes the file's own window. */
  async render(key: string, file: Blob, frame: number, window: WindowLevel | null): Promise<RenderedImage> {
    this.codecs ??= startCodecs();
    await this.codecs;
    const image = await this.load(key, file);
    const result = this.draw(image, frame, window);
    const used = result.windowLevel;
    return {
      rows: result.height,
      columns: result.width,
      rgba: result.pixels,
      window: used === undefined ? null : { width: used.getWindow(), level: used.getLevel() },
    };
  }

  private draw(
    image: DicomImage,
    frame: number,
    window: WindowLevel | null,
  ): ReturnType<DicomImage["render"]> {
    try {
      return image.render({
        frame,
        renderOverlays: false,
        ...(window === null ? {} : { windowLevel: new NativeWindow(window.width, window.level) }),
      });
    } catch (error) {
      // Codecs that a damaged image stopped half way keep its memory; after some fifty, right images fail as well.
      this.codecs = null;
      throw error;
    }
  }

  private async load(key: string, file: Blob): Promise<DicomImage> {
    const known = this.images.get(key);
    if (known !== undefined) {
      this.images.delete(key);
      this.images.set(key, known);
      return known.image;
    }
    const image = new DicomImage(await file.arrayBuffer());
    prepareElements(image.getElements(), image.getTransferSyntaxUid());
    this.images.set(key, { image, bytes: file.size });
    this.trim(key);
    return image;
  }

  private trim(newest: string): void {
    let total = 0;
    for (const entry of this.images.values()) total += entry.bytes;
    for (const [key, entry] of this.images) {
      if (total <= CACHE_BYTES || key === newest) return;
      total -= entry.bytes;
      this.images.delete(key);
    }
  }
}

/** Without the codecs uncompressed images still render; the compressed ones fail by themselves. */
async function startCodecs(): Promise<void> {
  const webAssemblyModulePathOrUrl = new URL(codecsUrl, import.meta.url).href;
  await NativePixelDecoder.initializeAsync({ webAssemblyModulePathOrUrl }).catch(() => undefined);
}
