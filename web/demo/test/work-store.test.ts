/** The browser's database of unsaved work, where the user clears it while the page is open. */
import { afterEach, describe, expect, it, vi } from "vitest";

/** What a request answers, as soon as its listeners are there. */
function answering<T>(result: T): { result: T; onsuccess?: () => void; oncomplete?: () => void } {
  const request: ReturnType<typeof answering<T>> = { result };
  queueMicrotask(() => {
    request.onsuccess?.();
    request.oncomplete?.();
  });
  return request;
}

afterEach(() => vi.unstubAllGlobals());

describe("the store of unsaved work", () => {
  it.each([
    ["has closed it without a word yet", "InvalidStateError"],
    ["ends what runs as it deletes it", "AbortError"],
  ])("opens its database again where the browser %s", async (_, name) => {
    vi.resetModules();
    const kept: unknown[] = [];
    let isClosed = false;
    const open = (): unknown => {
      let isMine = true;
      const transaction = (): unknown => {
        if (isClosed && isMine) throw new DOMException("closing", name);
        const put = (record: unknown): unknown => answering(kept.push(record));
        return Object.assign(answering(null), { commit: () => undefined, objectStore: () => ({ put }) });
      };
      const database = { transaction, close: () => undefined };
      if (isClosed) isMine = false;
      return answering(database);
    };
    vi.stubGlobal("indexedDB", { open });
    const { putWork } = await import("../src/shell/work-store.js");
    await putWork("series", 1);
    isClosed = true;
    await putWork("series", 2);
    expect(kept).toMatchObject([{ work: 1 }, { work: 2 }]);
  });
});
