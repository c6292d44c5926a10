/** The browser's own database, in which unsaved work survives a reload or a crash. Each tab writes records of its own. */

const DATABASE = "dicom-overlay work";
const STORE = "series";
const TAB_LOCK = "dicom-overlay tab ";

export interface KeptRecord<Work> {
  readonly series: string;
  readonly tab: string;
  /** Milliseconds, as `Date.now` counts them. */
  readonly time: number;
  readonly work: Work;
}

/** This tab, from one load to the next. */
const tab: string = crypto.getRandomValues(new Uint32Array(2)).join("-");

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opening ??= connect();
  return opening;
}

function connect(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    // The next caller opens it again.
    const forget = (): void => {
      opening = null;
    };
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["series", "tab"] });
    request.onsuccess = () => {
      const { result } = request;
      // Another tab may bring a newer form of it, or delete it.
      result.onversionchange = () => {
        result.close();
        forget();
      };
      result.onclose = forget;
      resolve(result);
    };
    request.onerror = () => {
      forget();
      reject(request.error);
    };
  });
}

// Held for life: other tabs leave this one's records alone.
if (globalThis.navigator?.locks !== undefined)
  navigator.locks.request(TAB_LOCK + tab, () => new Promise(() => undefined)).catch(() => undefined);

type Work<T> = (store: IDBObjectStore) => IDBRequest<T>;

async function run<T>(mode: IDBTransactionMode, work: Work<T>): Promise<T> {
  const first = open();
  try {
    return await once(first, mode, work);
  } catch {
    // The connection may have been closed under the page, as when the user clears what it stored; a new one may work.
    if (opening === first) opening = null;
    first.then((database) => database.close()).catch(() => undefined);
    return await once(open(), mode, work);
  }
}

async function once<T>(
  connection: Promise<IDBDatabase>,
  mode: IDBTransactionMode,
  work: Work<T>,
): Promise<T> {
  const database = await connection;
  return await new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    // Not after the answer: the page may be gone by then.
    transaction.commit();
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @throws DOMException where the browser stores nothing for this page, or has no more room */
export async function putWork<Work>(series: string, work: Work): Promise<void> {
  await run("readwrite", (store) => store.put({ series, tab, time: Date.now(), work }));
}

/** Forget this tab's work on a series, or that of the tab named. */
export async function dropWork(series: string, of: string = tab): Promise<void> {
  await run("readwrite", (store) => store.delete([series, of]));
}

/** The newest record of a series that no living tab writes. */
export async function findWork<Work>(series: string): Promise<KeptRecord<Work> | null> {
  const range = IDBKeyRange.bound([series], [series, []]);
  const found = (await run("readonly", (store) => store.getAll(range))) as KeptRecord<Work>[];
  const held = (await navigator.locks?.query())?.held ?? [];
  const alive = new Set(held.map(({ name }) => name?.slice(TAB_LOCK.length)));
  const left = found.filter((one) => one.tab !== tab && !alive.has(one.tab)).sort((a, b) => b.time - a.time);
  return left[0] ?? null;
}
