/** Why a file of another origin cannot be read. A leaf that page and worker share. */

/** Milliseconds after which asking is given up. */
export const PATIENCE = 15_000;

/** Whether a server answers at all, where a page may not read what. `fetch` says the same of both. */
export async function isAnswered(url: string, fetchIt: typeof fetch): Promise<boolean> {
  try {
    await fetchIt(url, { mode: "no-cors", cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
    return true;
  } catch {
    return false;
  }
}

/** The sentence for such a file. */
export function corsMessage(file: string): string {
  return `The browser may not read ${file}, which comes from another origin: its server must allow this page's origin (\`Access-Control-Allow-Origin\`).`;
}
