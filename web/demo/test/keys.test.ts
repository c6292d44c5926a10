/** Shortcuts: the same letter with Caps Lock, and none while something is typed. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { opened } from "./opened.js";

class HTMLElement {
  isContentEditable = false;
}
class HTMLInputElement extends HTMLElement {
  readonly type = "text";
}

beforeEach(() => {
  const page = Object.assign(new EventTarget(), { querySelector: () => null });
  class Unused {}
  const tags = { HTMLTextAreaElement: Unused, HTMLSelectElement: Unused, Element: HTMLElement };
  const names = { ...tags, HTMLElement, HTMLInputElement, document: page, addEventListener: () => undefined };
  for (const [name, value] of Object.entries(names)) vi.stubGlobal(name, value);
});
afterEach(() => vi.unstubAllGlobals());

it("takes letters with Caps Lock as well, and none that is typed into a field", async () => {
  vi.stubGlobal("location", new URL("http://localhost/"));
  const { setUpKeys } = await import("../src/actions/keys.js");
  const state = await import("../src/model/state.js");
  state.beginOpening();
  state.takeFiles([opened("a", {})], []);
  state.working.value = true;
  setUpKeys();
  const press = (key: string, target: HTMLElement): void => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key });
    Object.defineProperty(event, "target", { value: target });
    document.dispatchEvent(event);
  };
  const layers = (): number => state.history.value?.doc.value.layers.length ?? 0;
  for (const key of ["n", "N", "E"]) press(key, new HTMLElement());
  expect([layers(), state.tool.value.name]).toEqual([3, "eraser"]);
  for (const key of ["n", "N", "b"]) press(key, new HTMLInputElement());
  expect([layers(), state.tool.value.name]).toEqual([3, "eraser"]);
});
