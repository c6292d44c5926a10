/** A place in OHIF's page for plain DOM: OHIF takes panels only as React components, and does not expose React. */
import type { ExtensionManager } from "./ohif.js";

/** A React element as React itself reads it. */
interface ReactElement {
  readonly $$typeof: symbol;
  readonly type: string;
  readonly key: null;
  readonly ref: (node: HTMLElement | null) => void;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Return a component that shows a `div` and calls `attach` with it, and what `attach` returned when it goes. */
export function hostComponent(
  extensions: ExtensionManager,
  attach: (host: HTMLElement) => () => void,
): () => ReactElement | null {
  let detach: (() => void) | null = null;
  // One function for the component's life: React would call a new one at every render.
  const ref = (node: HTMLElement | null): void => {
    detach?.();
    detach = node === null ? null : attach(node);
  };
  return () => {
    const mark = elementMark(extensions);
    if (mark === null) return null;
    // React 18 reads `ref` beside the props, React 19 among them.
    const props = { ref, style: { height: "100%", overflow: "auto" } };
    return { $$typeof: mark, type: "div", key: null, ref, props };
  };
}

/** The symbol that marks an element; its name changed with React 19, so that an element of OHIF's own is looked at. */
function elementMark(extensions: ExtensionManager): symbol | null {
  const entry = extensions.getModuleEntry("@ohif/extension-cornerstone.viewportModule.cornerstone");
  if (typeof entry?.component !== "function") return null;
  const element = (entry.component as (props: object) => { readonly $$typeof?: symbol })({});
  return element.$$typeof ?? null;
}
