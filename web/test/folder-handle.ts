import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { DirectoryHandle, WritableHandle } from "../src/sinks/directory.js";

/**
 * A folder of the disk as browsers give it (File System Standard): a file exists, empty, once its handle is made;
 * what is written is beside it until it is closed, then takes its place. The browsers' own are in tests/browser.
 */
export class DiskFolder implements DirectoryHandle {
  /** Every handle that was made with `create`, in order. */
  readonly created: string[] = [];
  readonly path: string;
  /** Called before each write; throws what a full disk or a withdrawn permission would. */
  readonly beforeWrite: (name: string) => void;

  constructor(path: string, beforeWrite: (name: string) => void = () => undefined) {
    mkdirSync(path, { recursive: true });
    this.path = path;
    this.beforeWrite = beforeWrite;
  }

  /** Names and texts of the files; a swap file would be among them. */
  get texts(): Record<string, string> {
    const names = readdirSync(this.path).sort();
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(this.path, name), "utf8")]));
  }

  async getFileHandle(name: string, options?: { create?: boolean }): Promise<WritableHandle> {
    const path = join(this.path, name);
    if (!existsSync(path)) {
      if (options?.create !== true) throw new DOMException("no such file", "NotFoundError");
      writeFileSync(path, "");
      this.created.push(name);
    } else if (statSync(path).isDirectory()) throw new DOMException("a folder", "TypeMismatchError");
    return { name, createWritable: async () => this.#writable(name) };
  }

  async removeEntry(name: string): Promise<void> {
    rmSync(join(this.path, name));
  }

  #writable(name: string): WritableStream<Uint8Array<ArrayBuffer>> {
    const swap = join(this.path, `${name}.swap`);
    writeFileSync(swap, "");
    return new WritableStream({
      write: (bytes) => {
        try {
          this.beforeWrite(name);
        } catch (error) {
          rmSync(swap); // a stream that failed keeps nothing
          throw error;
        }
        writeFileSync(swap, bytes, { flag: "a" });
      },
      close: () => renameSync(swap, join(this.path, name)),
      abort: () => rmSync(swap),
    });
  }
}
